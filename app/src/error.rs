//! What goes wrong, as the person at the console reads it: a code of the one error table and one
//! sentence. Causes stay in the server's log, under the request's id.

use leptos::prelude::{FromServerFnError, ServerFnErrorErr};
use leptos::server_fn::codec::JsonEncoding;
use magone_core::error::ErrorCode;
use serde::{Deserialize, Serialize};

/// A failed request of the console. Its JSON is a subset of the API's problem document, so that an
/// answer given before the server function ran (by a middleware) reads the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{detail}")]
pub struct ConsoleError {
    /// Stable code, the same as over REST.
    pub code: ErrorCode,
    /// One sentence.
    pub detail: String,
    /// Where to look in the server's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl ConsoleError {
    /// With the sentence that the person reads.
    #[must_use]
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), request_id: None }
    }

    /// Nobody is signed in, or the session ended.
    #[must_use]
    pub fn signed_out() -> Self {
        Self::new(ErrorCode::KeyMissing, "Sign in to see this page.")
    }

    /// Whether signing in is the remedy.
    #[must_use]
    pub fn is_signed_out(&self) -> bool {
        matches!(self.code, ErrorCode::KeyMissing)
    }
}

impl FromServerFnError for ConsoleError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let this = match error {
            ServerFnErrorErr::Request(_) => {
                Self::new(ErrorCode::UpstreamUnavailable, "The server does not answer. Is it running?")
            }
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => {
                Self::new(ErrorCode::MalformedRequest, "The server did not understand this request.")
            }
            ServerFnErrorErr::Deserialization(_) if cfg!(not(feature = "ssr")) => Self::new(
                ErrorCode::Internal,
                "The server's answer is not one that this page understands. Reload the page.",
            ),
            ServerFnErrorErr::Deserialization(_) => {
                Self::new(ErrorCode::MalformedRequest, "The server did not understand this request.")
            }
            _ => Self::new(ErrorCode::Internal, "Something went wrong on the server."),
        };
        #[cfg(feature = "ssr")]
        let this = crate::request::answered(this);
        this
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_document_reads_as_an_error() {
        let problem = r#"{"type":"/errors/rate_limited","title":"Rate limit exceeded","instance":"/x",
            "code":"rate_limited","detail":"Wait a minute.","error":"Wait a minute.","request_id":"r1"}"#;
        let error = ConsoleError::de(problem.into());
        assert_eq!(error.code, ErrorCode::RateLimited);
        assert_eq!((error.detail.as_str(), error.request_id.as_deref()), ("Wait a minute.", Some("r1")));
    }

    #[test]
    fn an_answer_that_is_no_error_document_is_still_a_sentence() {
        let error = ConsoleError::de("<html>Bad gateway</html>".into());
        assert!(!error.detail.contains('<'));
    }
}
