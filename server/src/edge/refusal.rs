//! Errors in one form, whoever refused: a handler, or the framework before one saw the request.

use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap};
use magone_core::error::ErrorCode;

use crate::problem::Problem;

/// The problem that a response stands for; `None` for answers that are as they should be.
pub(super) fn problem_of(response: &ServiceResponse<BoxBody>) -> Option<Problem> {
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
pub(super) fn keep_headers(old: &HeaderMap, mut answer: HttpResponse) -> HttpResponse {
    if let Some(allow) = old.get(header::ALLOW) {
        answer.headers_mut().insert(header::ALLOW, allow.clone());
    }
    answer
}

/// The internal face, once, at the boundary.
pub(super) fn report(problem: &Problem, request_id: &str) {
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
