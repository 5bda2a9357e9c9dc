//! What a request brings to be let in: a key or a token, in one of two headers.

use actix_web::http::header::{self, HeaderMap, HeaderName};
use magone_core::error::ErrorCode;

use crate::problem::Problem;

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The credential of a request; `None` where there is none. One that is no text reads as `?`, which
/// opens nothing.
pub(super) fn credential(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    if headers.get_all(X_API_KEY).count() > 1 {
        let detail = "The header X-API-Key was sent more than once";
        return Err(Problem::new(ErrorCode::MalformedRequest, detail));
    }
    let given = match headers.get(X_API_KEY) {
        Some(value) => Some(value.to_str().unwrap_or("?").trim().to_owned()),
        None => bearer(headers),
    };
    Ok(given.filter(|given| !given.is_empty()))
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let (scheme, secret) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim().to_owned())
}
