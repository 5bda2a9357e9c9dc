//! The ONE table of error codes. Every problem document, every failed run and every page under
//! `server/core/errors/` comes from here.

use serde::{Deserialize, Serialize};

use crate::execution::RunState;

/// What the table says about one code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorInfo {
    /// The stable word.
    pub code: &'static str,
    /// HTTP status where a request can end with it; `None` where only a run can.
    pub http: Option<u16>,
    /// Short title, the same for every occurrence (RFC 9457).
    pub title: &'static str,
    /// Whether the same request may succeed later, unchanged.
    pub retryable: bool,
    /// The operator's page, Markdown.
    pub page: &'static str,
}

macro_rules! error_table {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $http:expr, $retryable:literal, $title:literal;)*) => {
        /// A stable error code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "rules", derive(schemars::JsonSchema))]
        pub enum ErrorCode {
            $($(#[$doc])* #[serde(rename = $code)] $variant,)*
        }

        impl ErrorCode {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The row of the table.
            #[must_use]
            pub fn info(self) -> ErrorInfo {
                match self {
                    $(Self::$variant => ErrorInfo {
                        code: $code,
                        http: $http,
                        title: $title,
                        retryable: $retryable,
                        page: include_str!(concat!("../errors/", $code, ".md")),
                    },)*
                }
            }

            /// The stable word, without the row around it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                }
            }
        }
    };
}

error_table! {
    /// The request is no well-formed HTTP or JSON.
    MalformedRequest = "malformed_request", Some(400), false, "Malformed request";
    /// No key was sent.
    KeyMissing = "key_missing", Some(401), false, "API key missing";
    /// Unknown, revoked, expired or with a wrong checksum: indistinguishable on purpose.
    KeyInvalid = "key_invalid", Some(401), false, "API key invalid";
    /// The key is valid, its tenant is switched off.
    TenantSuspended = "tenant_suspended", Some(403), false, "Tenant suspended";
    /// The caller may not do this.
    InsufficientScope = "insufficient_scope", Some(403), false, "Insufficient scope";
    /// The browser's origin is not on the tenant's list.
    OriginNotAllowed = "origin_not_allowed", Some(403), false, "Origin not allowed";
    /// There is no such thing, or it is another tenant's.
    NotFound = "not_found", Some(404), false, "Not found";
    /// The path exists, the method does not.
    MethodNotAllowed = "method_not_allowed", Some(405), false, "Method not allowed";
    /// The request took too long to arrive.
    RequestTimeout = "request_timeout", Some(408), true, "Request timeout";
    /// Taken already, or not possible in this state.
    Conflict = "conflict", Some(409), false, "Conflict";
    /// Body over the cap.
    TooLarge = "too_large", Some(413), false, "Request too large";
    /// The body's content type is not understood.
    UnsupportedMediaType = "unsupported_media_type", Some(415), false, "Unsupported media type";
    /// Well-formed, but not what is asked for.
    Validation = "validation", Some(422), false, "Validation failed";
    /// The idempotency key was used with another request.
    IdempotencyMismatch = "idempotency_mismatch", Some(422), false, "Idempotency key reused";
    /// A URL that the egress policy refuses.
    EgressDenied = "egress_denied", Some(422), false, "Address not allowed";
    /// Too many requests in the window.
    RateLimited = "rate_limited", Some(429), true, "Rate limit exceeded";
    /// Too many runs at once.
    ConcurrencyLimited = "concurrency_limited", Some(429), true, "Too many concurrent runs";
    /// A daily or monthly quota is used up.
    QuotaExceeded = "quota_exceeded", Some(429), true, "Quota exceeded";
    /// Head over the cap.
    HeadersTooLarge = "headers_too_large", Some(431), false, "Request headers too large";
    /// A fault of ours.
    Internal = "internal", Some(500), true, "Internal error";
    /// Something that the request needs did not answer.
    UpstreamUnavailable = "upstream_unavailable", Some(502), true, "Upstream unavailable";
    /// More work than the server takes.
    Overloaded = "overloaded", Some(503), true, "Overloaded";
    /// The server is shutting down.
    Draining = "draining", Some(503), true, "Shutting down";
    /// Something that the request needs did not answer in time.
    UpstreamTimeout = "upstream_timeout", Some(504), true, "Upstream timeout";

    /// The model provider refused for its own limits, more often than retries allow.
    ProviderRateLimited = "provider_rate_limited", None, true, "Model provider rate limited";
    /// The model provider refused the credentials.
    ProviderAuth = "provider_auth", None, false, "Model provider refused the credentials";
    /// The model provider failed or answered rubbish.
    ProviderError = "provider_error", None, true, "Model provider failed";
    /// A tool failed.
    ToolFailed = "tool_failed", None, false, "Tool failed";
    /// A step took longer than it may.
    StepTimeout = "step_timeout", None, true, "Step timed out";
    /// The run took longer than it may.
    TimedOut = "timed_out", None, true, "Execution timed out";
    /// A limit on steps, turns, tokens or cost was reached.
    BudgetExceeded = "budget_exceeded", None, false, "Budget exceeded";
    /// A model's answer does not fit the schema.
    InvalidOutput = "invalid_output", None, true, "Invalid output";
    /// Somebody said no.
    ApprovalRejected = "approval_rejected", None, false, "Approval rejected";
    /// Stopped by request.
    Cancelled = "cancelled", None, false, "Cancelled";
    /// The worker that ran it is gone and the engine no longer knows the run.
    WorkerLost = "worker_lost", None, true, "Worker lost";
    /// A step was in doubt at two crashes.
    Quarantined = "quarantined", None, false, "Quarantined";
    /// The definition cannot be run as written.
    DefinitionError = "definition_error", None, false, "Definition error";
}

impl ErrorCode {
    /// HTTP status; 500 for codes that only runs carry.
    #[must_use]
    pub fn http_status(self) -> u16 {
        self.info().http.unwrap_or(500)
    }

    /// Whether the same request may succeed later, unchanged.
    #[must_use]
    pub fn retryable(self) -> bool {
        self.info().retryable
    }

    /// The code of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }

    /// The state of a run that ended with this code.
    #[must_use]
    pub fn ending_state(self) -> RunState {
        match self {
            Self::TimedOut => RunState::TimedOut,
            Self::BudgetExceeded => RunState::BudgetExceeded,
            Self::Cancelled => RunState::Cancelled,
            _ => RunState::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_round_trip_and_each_has_a_page_that_says_what_to_do() {
        for code in ErrorCode::ALL {
            let info = code.info();
            assert_eq!(ErrorCode::parse(info.code), Some(*code));
            assert_eq!(serde_json::to_value(code).unwrap(), info.code);
            assert!(info.page.starts_with(&format!("# {}\n", info.title)), "{}", info.code);
            for heading in ["## What happened", "## What to do"] {
                assert!(info.page.contains(heading), "{}: {heading}", info.code);
            }
        }
    }

    #[test]
    fn the_table_agrees_with_the_contract() {
        let of = |http| ErrorCode::ALL.iter().filter(|c| c.info().http == Some(http)).count();
        assert_eq!([400, 401, 403, 404, 405].map(of), [1, 2, 3, 1, 1]);
        assert_eq!([408, 409, 413, 415, 422, 429, 431].map(of), [1, 1, 1, 1, 3, 3, 1]);
        assert_eq!([500, 502, 503, 504].map(of), [1, 1, 2, 1]);
        assert_eq!(ErrorCode::ALL.iter().filter(|c| c.info().http.is_none()).count(), 13);
    }
}
