//! Why something did not work: a public face for the tenant, an internal one for the operator.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::ErrorCode;
use crate::execution::RunState;

/// The stable code of a failed run: one of the table, or a word of the definition's author (from a
/// `fail` step).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "rules", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum FailureCode {
    /// A code of the error table.
    Known(ErrorCode),
    /// `[a-z][a-z0-9_]{0,63}`.
    Authored(String),
}

impl FailureCode {
    /// The author's word; `None` when it is none of `[a-z][a-z0-9_]{0,63}`.
    #[must_use]
    pub fn authored(word: &str) -> Option<Self> {
        let starts = word.starts_with(|c: char| c.is_ascii_lowercase());
        let rest = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        (starts && word.len() <= 64 && word.chars().all(rest)).then(|| match ErrorCode::parse(word) {
            Some(known) => Self::Known(known),
            None => Self::Authored(word.to_owned()),
        })
    }

    /// The word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(code) => code.as_str(),
            Self::Authored(word) => word,
        }
    }

    /// The code of that name, as it was stored.
    #[must_use]
    pub fn from_stored(text: &str) -> Self {
        ErrorCode::parse(text).map_or_else(|| Self::Authored(text.to_owned()), Self::Known)
    }

    /// Whether the same request may succeed later; an author's own failure never does by itself.
    #[must_use]
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Known(code) if code.retryable())
    }

    /// The state of a run that ended with this code.
    #[must_use]
    pub fn ending_state(&self) -> RunState {
        match self {
            Self::Known(code) => code.ending_state(),
            Self::Authored(_) => RunState::Failed,
        }
    }
}

impl From<ErrorCode> for FailureCode {
    fn from(code: ErrorCode) -> Self {
        Self::Known(code)
    }
}

impl PartialEq<ErrorCode> for FailureCode {
    fn eq(&self, other: &ErrorCode) -> bool {
        matches!(self, Self::Known(code) if code == other)
    }
}

impl fmt::Display for FailureCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A failure inside a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Stable code.
    pub code: FailureCode,
    /// One sentence that the tenant may read.
    pub error: String,
    /// The chain of causes; never leaves the operator's side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Failure {
    /// With a sentence for the tenant.
    #[must_use]
    pub fn new(code: impl Into<FailureCode>, error: impl Into<String>) -> Self {
        Self { code: code.into(), error: error.into(), detail: None }
    }

    /// Adds what only the operator may read.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}
