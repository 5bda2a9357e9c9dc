//! Decisions that a run waits for.

use serde::{Deserialize, Serialize};

use crate::json::Json;
use crate::path::StepPath;
use crate::workflow::Problem;

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "rules", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The run goes on with the decision's data.
    Approve,
    /// The step fails with `approval_rejected`.
    Reject,
}

/// What somebody decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "rules", derive(schemars::JsonSchema))]
pub struct Decision {
    /// Yes or no.
    pub decision: Verdict,
    /// What they filled in; fits the step's schema where they approve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Json>,
    /// Why, in their words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Who decided.
    #[cfg_attr(feature = "rules", schemars(skip))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// Why a decision was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The run asks for no such decision.
    #[error("the run has no such approval")]
    Unknown,
    /// Somebody else was faster, or the step ended without.
    #[error("the approval was decided already")]
    Decided,
    /// The data does not fit the step's schema; the approval is still open.
    #[error("the decision's data does not fit")]
    Unfit(Vec<Problem>),
}

/// The id of the approval that the step at `path` asks for: its path, spelt so that it can be one
/// segment of a URL.
#[must_use]
pub fn approval_id(path: &StepPath) -> String {
    path.as_str().replace('/', ".").replace('#', "-")
}
