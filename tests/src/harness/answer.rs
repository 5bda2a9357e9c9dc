//! An answer, and what has to be true of every one.

use reqwest::header::HeaderMap;
use serde_json::Value;

/// Words that only the inside of a server knows.
const INSIDE: [&str; 15] = [
    ".rs:",
    "src/",
    "panicked",
    "backtrace",
    "SELECT ",
    "INSERT ",
    "UPDATE ",
    "sqlx",
    "sqlite",
    "SQLITE",
    "postgres",
    "magone.db",
    "magone-test-",
    "tokio",
    "/home/",
];

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub text: String,
}

impl Answer {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Asserts the status.
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// The body.
    pub fn json(&self) -> Value {
        let media_type = self.header("content-type").unwrap_or_default();
        assert!(media_type.contains("json"), "{media_type}: {}", self.text);
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {}", self.text))
    }

    /// Asserts a problem document as the contract has it; its body.
    pub fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.text);
        let body = self.json();
        let members: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
        for member in ["code", "detail", "error", "errors", "instance", "request_id", "title", "type"] {
            assert!(members.contains(&member), "{member} is missing: {body}");
        }
        assert!(!members.contains(&"status"), "in the first API status is the run's: {body}");
        assert_eq!(body["code"], code, "{body}");
        assert_eq!(body["error"], body["detail"], "{body}");
        assert_eq!(body["type"], format!("/problems/{code}"), "{body}");
        assert_eq!(body["request_id"].as_str(), self.header("x-request-id"), "{body}");
        let sentence = body["detail"].as_str().unwrap();
        assert!(!sentence.is_empty() && !sentence.contains('\n'), "{sentence}");
        for word in INSIDE {
            assert!(!self.text.contains(word), "'{word}' is nobody's business: {}", self.text);
        }
        body
    }

    /// The pointers of a problem's single problems.
    pub fn pointers(&self) -> Vec<String> {
        let errors = self.json()["errors"].as_array().unwrap().clone();
        for error in &errors {
            assert!(error["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{error}");
        }
        errors.iter().map(|error| error["pointer"].as_str().unwrap().to_owned()).collect()
    }
}
