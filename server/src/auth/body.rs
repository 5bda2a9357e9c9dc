//! JSON bodies: capped in size and depth before anything is made of them.

use std::marker::PhantomData;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, web};
use bytes::BytesMut;
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use magone_core::error::ErrorCode;
use magone_core::json;
use magone_service::TenantCaller;
use serde_json::Value;

use super::tenant::{Asks, admit};
use crate::edge::Gate;
use crate::problem::Problem;

/// Bytes of a body: 1 MiB.
pub const BODY_MOST: usize = 1 << 20;
/// Time for a body where nothing else is said.
const BODY_TIME: Duration = Duration::from_secs(20);
/// Levels of arrays and objects.
pub const DEPTH_MOST: usize = 64;

/// A tenant's caller who has the scope, with a JSON body; an absent body is null. Size and syntax are
/// judged before the key, as the contract's order of checks has it.
#[derive(Debug)]
pub struct WithBody<S: Asks>(pub TenantCaller, pub Value, pub PhantomData<S>);

impl<S: Asks> FromRequest for WithBody<S> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let body = read(&request, payload).await?;
            Ok(Self(admit::<S>(&request).await?, body, PhantomData))
        })
    }
}

fn too_large() -> Problem {
    Problem::new(ErrorCode::TooLarge, format!("A body may have at most {BODY_MOST} bytes (1 MiB)"))
}

fn malformed(detail: impl Into<String>) -> Problem {
    Problem::new(ErrorCode::MalformedRequest, detail)
}

pub(super) async fn read(request: &HttpRequest, payload: Payload) -> Result<Value, Problem> {
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if announced.and_then(|length| length.parse::<u64>().ok()).is_some_and(|length| length > 1 << 20) {
        return Err(too_large());
    }
    check_encoding(request)?;
    let time = request.app_data::<web::Data<Gate>>().map_or(BODY_TIME, |gate| gate.body_time);
    let late = |_| Problem::new(ErrorCode::RequestTimeout, "The body took too long to arrive");
    let body = tokio::time::timeout(time, collect(payload)).await.map_err(late)??;
    if body.is_empty() {
        return Ok(Value::Null);
    }
    check_media_type(request)?;
    parse(&body)
}

async fn collect(mut payload: Payload) -> Result<BytesMut, Problem> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| malformed("The body could not be read to its end"))?;
        if body.len().saturating_add(chunk.len()) > BODY_MOST {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// What is packed could be anything when it is unpacked: it is not.
fn check_encoding(request: &HttpRequest) -> Result<(), Problem> {
    let encodings = request.headers().get_all(header::CONTENT_ENCODING);
    let mut encodings = encodings.map(|value| value.to_str().unwrap_or("?").trim());
    if encodings.all(|encoding| encoding.eq_ignore_ascii_case("identity")) {
        return Ok(());
    }
    let detail = "The body may not be compressed: send it without the header Content-Encoding";
    Err(Problem::new(ErrorCode::UnsupportedMediaType, detail))
}

fn check_media_type(request: &HttpRequest) -> Result<(), Problem> {
    let media_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = media_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_lowercase();
    if essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json")) {
        return Ok(());
    }
    let detail = "The body has to be JSON: send the header Content-Type: application/json";
    Err(Problem::new(ErrorCode::UnsupportedMediaType, detail))
}

fn parse(body: &[u8]) -> Result<Value, Problem> {
    if json::text_depth(body) > DEPTH_MOST {
        return Err(malformed(format!("JSON may nest at most {DEPTH_MOST} levels deep")));
    }
    let value = serde_json::from_slice(body).map_err(|error| {
        malformed(format!("The body is not valid JSON (line {}, column {})", error.line(), error.column()))
    })?;
    if json::has_nul(&value) {
        return Err(malformed("Texts may not contain the character U+0000: no database keeps it"));
    }
    Ok(value)
}
