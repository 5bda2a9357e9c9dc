//! Answers are compressed for who takes that, by the framework. What must not be is marked here: streams,
//! whose frames would wait for more, and what is too small to gain.

use actix_web::Error;
use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::middleware::Next;

/// Bytes from which compressing gains something.
const LEAST: u64 = 1_024;
const PLAIN: HeaderValue = HeaderValue::from_static("identity");

/// Marks what is not to be compressed; stands inside of the framework's middleware.
///
/// # Errors
/// Those of what stands inside.
pub async fn plain<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let mut response = next.call(request).await?;
    let small = matches!(response.response().body().size(), BodySize::Sized(bytes) if bytes < LEAST);
    if small || is_stream(response.headers()) {
        response.headers_mut().insert(header::CONTENT_ENCODING, PLAIN);
    }
    Ok(response)
}

fn is_stream(headers: &HeaderMap) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    media_type.is_some_and(|media_type| media_type.starts_with("text/event-stream"))
}

/// Takes the mark away: outside, it would say nothing.
pub(super) fn unmark(headers: &mut HeaderMap) {
    if headers.get(header::CONTENT_ENCODING) == Some(&PLAIN) {
        headers.remove(header::CONTENT_ENCODING);
    }
}
