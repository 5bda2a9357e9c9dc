//! `Idempotency-Key`: the caller's name for one wish.

use actix_web::HttpResponse;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use magone_core::error::ErrorCode;
use magone_core::idempotency::{IdempotencyKey, KeyProblem};
use magone_core::workflow::Problem as Item;

use crate::problem::Problem;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The key of a request, where it has one.
///
/// # Errors
/// 400 for a header that is none, or there twice; 422 for a key that is empty or too long.
pub(crate) fn key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Problem> {
    let mut values = headers.get_all(KEY);
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => IdempotencyKey::parse(value.as_bytes()).map(Some).map_err(wrong),
        (Some(_), Some(_)) => {
            let detail = "Idempotency-Key is there more than once; one request has one key";
            Err(Problem::new(ErrorCode::MalformedRequest, detail))
        }
    }
}

fn wrong(problem: KeyProblem) -> Problem {
    let detail = problem.to_string();
    match problem {
        KeyProblem::Malformed => Problem::new(ErrorCode::MalformedRequest, detail),
        KeyProblem::Empty | KeyProblem::TooLong(_) => {
            let mut wrong = Problem::new(ErrorCode::Validation, detail.clone());
            wrong.errors = vec![Item::new("/Idempotency-Key", detail)];
            wrong
        }
    }
}

/// Says that an earlier request with the same key started the run.
pub(crate) fn mark(response: &mut HttpResponse, replayed: bool) {
    if replayed {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
}
