//! What every request passes on its way in and out: a request id, one form for all errors, headers
//! that every answer carries.

use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{StatusCode, header};
use actix_web::middleware::Next;
use magone_core::error::ErrorCode;

use crate::clock;
use crate::problem::Problem;

/// Header that names a request, in and out.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Characters of a caller's request id that are taken over.
const REQUEST_ID_MOST: usize = 128;

/// The middleware.
///
/// # Errors
/// Those of the framework itself; what handlers and inner middleware refuse arrives as a response.
pub async fn edge(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let id = request_id(&request);
    let path = request.path().to_owned();
    // No clone of the request may be held here: the router wants it to itself.
    let mut response = next.call(request).await?.map_into_boxed_body();
    if let Some(problem) = problem_of(&response) {
        report(&problem, &id);
        let answer = problem.respond(&id, &path);
        let (http, old) = response.into_parts();
        response = ServiceResponse::new(http, keep_headers(old.headers(), answer));
    }
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, value);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(response)
}

fn request_id(request: &ServiceRequest) -> String {
    let given = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let usable =
        |id: &&str| (1..=REQUEST_ID_MOST).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic());
    given.filter(usable).map_or_else(|| format!("req_{:032x}", clock::mint()), str::to_owned)
}

/// The problem that a response stands for; `None` for answers that are as they should be.
fn problem_of(response: &ServiceResponse<BoxBody>) -> Option<Problem> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    if let Some(problem) = response.response().error().and_then(|error| error.as_error::<Problem>()) {
        return Some(problem.clone());
    }
    // The framework's own refusals are empty or plain text; a page of the console or an answer of a
    // server function says itself what is wrong.
    let media_type = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let bare = media_type.is_none_or(|media_type| media_type.starts_with("text/plain"));
    bare.then(|| of_status(status, response))
}

/// What the framework refused before a handler saw it.
fn of_status(status: StatusCode, response: &ServiceResponse<BoxBody>) -> Problem {
    let request = response.request();
    let (code, detail) = match status {
        StatusCode::NOT_FOUND => (ErrorCode::NotFound, format!("There is nothing at {}", request.path())),
        StatusCode::METHOD_NOT_ALLOWED => {
            let detail = format!("{} is not possible at {}", request.method(), request.path());
            (ErrorCode::MethodNotAllowed, detail)
        }
        StatusCode::PAYLOAD_TOO_LARGE => (ErrorCode::TooLarge, "The body is too large".to_owned()),
        StatusCode::REQUEST_TIMEOUT => {
            (ErrorCode::RequestTimeout, "The request took too long to arrive".to_owned())
        }
        status if status.is_client_error() => {
            (ErrorCode::MalformedRequest, "The request is malformed".to_owned())
        }
        _ => (ErrorCode::Internal, "Something went wrong on our side".to_owned()),
    };
    let mut problem = Problem::new(code, detail);
    problem.internal = response.response().error().map(ToString::to_string);
    problem
}

/// `Allow` and the like, which the framework put there.
fn keep_headers(
    old: &actix_web::http::header::HeaderMap,
    mut answer: actix_web::HttpResponse,
) -> actix_web::HttpResponse {
    if let Some(allow) = old.get(header::ALLOW) {
        answer.headers_mut().insert(header::ALLOW, allow.clone());
    }
    answer
}

/// The internal face, once, at the boundary.
fn report(problem: &Problem, request_id: &str) {
    let code = problem.code.as_str();
    match &problem.internal {
        // Something that we need is away: no fault of ours, and it passes.
        Some(chain) if problem.code.http_status() == 503 => {
            tracing::warn!(request.id = request_id, error.code = code, error.chain = %chain, "request refused");
        }
        Some(chain) if problem.code.http_status() >= 500 => {
            tracing::error!(request.id = request_id, error.code = code, error.chain = %chain, "request failed");
        }
        _ => tracing::debug!(request.id = request_id, error.code = code, "request refused"),
    }
}
