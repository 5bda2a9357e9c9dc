//! Answers that are errors.

use magone_core::activity::RetryClass::{After, Backoff, Never};
use magone_core::error::ErrorCode::{ProviderAuth, ProviderError, ProviderRateLimited};
use serde_json::json;

use crate::server::{Reply, Server};
use crate::{KEY, ask, code_of, limits};

#[tokio::test]
async fn every_class_of_error_has_its_code_and_retry_class() {
    let quota = r#"{"error":{"code":"insufficient_quota"}}"#;
    for (status, headers, body, code, retry) in [
        (400, "", "{}", ProviderError, Never),
        (401, "", "{}", ProviderAuth, Never),
        (403, "", "{}", ProviderAuth, Never),
        (404, "", "{}", ProviderError, Never),
        (409, "", "{}", ProviderError, Backoff),
        (422, "", "{}", ProviderError, Never),
        (429, "", "{}", ProviderRateLimited, Backoff),
        (429, "Retry-After: 7\r\n", "{}", ProviderRateLimited, After(7_000)),
        (429, "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n", "{}", ProviderRateLimited, After(0)),
        (429, "Retry-After: 7\r\n", quota, ProviderRateLimited, Never),
        (500, "", "<html>", ProviderError, Backoff),
        (503, "Retry-After: 2\r\n", "", ProviderError, After(2_000)),
    ] {
        let server = Server::start([Reply::with_headers(status, headers, body)]).await;
        let error = ask(&server.url, limits()).await.unwrap_err();
        assert_eq!((code_of(&error), error.retry), (code, retry), "{status} {headers}");
        assert!(error.failure.detail.unwrap().contains(&status.to_string()));
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Server::start([Reply::json(200, &json!({}))]).await;
    let location = format!("Location: {}/chat/completions\r\n", elsewhere.url);
    for status in [301, 302, 307, 308] {
        let server = Server::start([Reply::with_headers(status, &location, "")]).await;
        let error = ask(&server.url, limits()).await.unwrap_err();
        assert_eq!((code_of(&error), error.retry), (ProviderError, Never));
        assert_eq!(server.seen().len(), 1);
    }
    assert!(elsewhere.seen().is_empty());
}

#[tokio::test]
async fn keys_and_bodies_stay_out_of_what_tenants_read_and_keys_out_of_the_rest() {
    let body =
        format!(r#"{{"error":{{"message":"Incorrect API key provided: {KEY}, see our house rules"}}}}"#);
    for status in [200, 400, 401, 429, 500] {
        let server = Server::start([Reply::with_headers(status, "", &body)]).await;
        let failure = ask(&server.url, limits()).await.unwrap_err().failure;
        let detail = failure.detail.unwrap();
        assert!(
            !failure.error.contains("house rules") && !failure.error.contains("127.0.0.1"),
            "{}",
            failure.error
        );
        assert!(detail.contains("house rules") && detail.contains("[redacted]"), "{detail}");
        assert!(!detail.contains(&KEY[KEY.len() - 12..]), "{detail}");
    }
}
