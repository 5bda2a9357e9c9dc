//! Errors as RFC 9457 problem documents that older clients still read: `detail` and `error` carry
//! the same sentence, and there is no member `status` (in the first API's bodies that is the run's).

use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use magone_core::error::ErrorCode;
use magone_core::ids::ExecutionId;
use magone_core::workflow::Problem as Item;
use magone_service::ServiceError;
use schemars::JsonSchema;
use serde::Serialize;

/// Media type of problem documents.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// A refused or failed request. The edge adds request id and instance.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Row of the error table.
    pub code: ErrorCode,
    /// One sentence for the caller.
    pub detail: String,
    /// Single problems with their JSON pointers.
    pub errors: Vec<Item>,
    /// The run that was recorded before it went wrong.
    pub execution_id: Option<ExecutionId>,
    /// What only the operator may read.
    pub internal: Option<String>,
    /// Whole seconds after which the same request may work; for 429 and 503.
    pub retry_after: u32,
    /// How to be let in (`WWW-Authenticate`), for 401.
    pub challenge: &'static str,
}

/// The document as it is sent.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Problem")]
pub(crate) struct ProblemBody<'a> {
    /// Where the code is explained.
    #[serde(rename = "type")]
    kind: String,
    /// Short title, the same for every occurrence of the code.
    title: &'a str,
    /// One sentence: what is wrong, and how to mend it.
    detail: &'a str,
    /// The path of the request.
    instance: &'a str,
    /// Stable code.
    code: ErrorCode,
    /// The same sentence again, where clients of the first API look for it.
    error: &'a str,
    /// The request, as logs name it.
    request_id: &'a str,
    /// Single problems of the body, each with its pointer.
    errors: &'a [Item],
    /// The execution that was recorded before it went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    execution_id: Option<&'a ExecutionId>,
}

/// Seconds before another attempt, where nothing better is known.
const SOON: u32 = 1;
/// The challenge of the first API.
const API_KEY: &str = "ApiKey";
/// The challenge of the internal API (RFC 6750).
const BEARER: &str = "Bearer";

impl Problem {
    /// With a sentence for the caller.
    #[must_use]
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            execution_id: None,
            internal: None,
            retry_after: SOON,
            challenge: API_KEY,
        }
    }

    /// The response; `request_id` and `instance` where they are known.
    #[must_use]
    pub fn respond(&self, request_id: &str, instance: &str) -> HttpResponse {
        let info = self.code.info();
        let body = ProblemBody {
            kind: format!("/problems/{}", info.code),
            title: info.title,
            detail: &self.detail,
            instance,
            code: self.code,
            error: &self.detail,
            request_id,
            errors: &self.errors,
            execution_id: self.execution_id.as_ref(),
        };
        let mut response = HttpResponseBuilder::new(self.status_code());
        response.insert_header((header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE)));
        match self.code.http_status() {
            401 => {
                response.insert_header((header::WWW_AUTHENTICATE, self.challenge));
                response.insert_header((header::CACHE_CONTROL, "no-store"));
            }
            429 | 503 => {
                response.insert_header((header::RETRY_AFTER, self.retry_after));
                response.insert_header((header::CACHE_CONTROL, "no-store"));
            }
            _ => {}
        }
        if matches!(self.code, ErrorCode::TooLarge | ErrorCode::RequestTimeout) {
            // What is left of the body is not read, so nothing can follow it.
            response.force_close();
        }
        response.body(serde_json::to_string(&body).unwrap_or_default())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.detail)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        self.respond("", "")
    }
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        Self {
            code: error.code(),
            detail: error.to_string(),
            errors: error.problems().to_vec(),
            execution_id: error.execution_id().cloned(),
            internal: error.internal().map(str::to_owned),
            retry_after: error.retry_after_seconds().map_or(SOON, |s| u32::try_from(s).unwrap_or(u32::MAX)),
            challenge: match error {
                ServiceError::TokenMissing | ServiceError::TokenInvalid => BEARER,
                _ => API_KEY,
            },
        }
    }
}
