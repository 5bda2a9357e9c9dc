//! Why something did not work: a public face for the tenant, an internal one for the operator.

use serde::{Deserialize, Serialize};

use crate::error::ErrorCode;

/// A failure inside a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Stable code from the error table.
    pub code: ErrorCode,
    /// One sentence that the tenant may read.
    pub error: String,
    /// The chain of causes; never leaves the operator's side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Failure {
    /// With a sentence for the tenant.
    #[must_use]
    pub fn new(code: ErrorCode, error: impl Into<String>) -> Self {
        Self { code, error: error.into(), detail: None }
    }

    /// Adds what only the operator may read.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}
