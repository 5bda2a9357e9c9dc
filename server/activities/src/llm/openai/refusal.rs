//! What a status other than success means.

use serde_json::Value;

use super::redaction;
use super::wire::Complaint;
use crate::error::Error;

/// What `status` with that body means. The body is quoted for the operator alone.
pub(super) fn classify(status: u16, retry_after_ms: Option<u64>, body: &[u8], key: Option<&str>) -> Error {
    let complaint = serde_json::from_slice::<Complaint>(body).ok();
    let detail = format!("the provider answered {status}: {}", redaction::excerpt(body, key));
    match status {
        401 | 403 => Error::CredentialsRefused(detail),
        429 if complaint.is_some_and(|complaint| is_quota(&complaint)) => Error::QuotaExhausted(detail),
        429 => Error::RateLimited { retry_after_ms, detail },
        408 | 409 | 425 | 500.. => Error::ProviderFailed { retry_after_ms, detail },
        300..=399 => Error::Rejected(format!("{detail} (redirects are not followed)")),
        _ => Error::Rejected(detail),
    }
}

/// The account is empty: the same status as "too fast", but waiting does not help.
fn is_quota(complaint: &Complaint) -> bool {
    let says = |word: &Option<Value>| word.as_ref().is_some_and(|word| word == "insufficient_quota");
    says(&complaint.error.code) || says(&complaint.error.kind)
}

#[cfg(test)]
mod tests {
    use magone_core::activity::RetryClass::{self, After, Backoff, Never};
    use magone_core::error::ErrorCode::{self, ProviderAuth, ProviderError, ProviderRateLimited};

    use super::*;

    #[test]
    fn every_status_has_a_code_and_a_retry_class() {
        let quota = r#"{"error":{"message":"You exceeded…","type":"insufficient_quota","code":null}}"#;
        let limit = r#"{"error":{"message":"slow down","type":"requests","code":"rate_limit_exceeded"}}"#;
        let table: &[(u16, Option<u64>, &str, ErrorCode, RetryClass)] = &[
            (400, None, "{}", ProviderError, Never),
            (401, None, "{}", ProviderAuth, Never),
            (402, None, "", ProviderError, Never),
            (403, Some(1), "", ProviderAuth, Never),
            (404, None, "<html>", ProviderError, Never),
            (408, None, "", ProviderError, Backoff),
            (409, None, "", ProviderError, Backoff),
            (422, None, "", ProviderError, Never),
            (429, None, limit, ProviderRateLimited, Backoff),
            (429, Some(7_000), limit, ProviderRateLimited, After(7_000)),
            (429, Some(7_000), quota, ProviderRateLimited, Never),
            (429, None, "rubbish", ProviderRateLimited, Backoff),
            (302, None, "", ProviderError, Never),
            (500, None, "", ProviderError, Backoff),
            (503, Some(2_000), "", ProviderError, After(2_000)),
            (599, None, "", ProviderError, Backoff),
        ];
        for (status, wait, body, code, retry) in table {
            let error = classify(*status, *wait, body.as_bytes(), None);
            assert_eq!((error.code(), error.retry()), (*code, *retry), "{status} {body}");
            assert!(error.to_string().contains(&status.to_string()));
        }
    }
}
