//! Runs that a step of another run starts: its children.

use serde::{Deserialize, Serialize};

use super::{Event, EventKind, Usage};
use crate::error::ErrorCode;
use crate::failure::Failure;
use crate::ids::ExecutionId;
use crate::json::Json;
use crate::path::StepPath;

/// What a child may use of that which its parent has left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Budget {
    /// Steps that may begin, those of its own children included.
    pub max_steps: u32,
    /// Tokens in both directions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u64>,
    /// Cost in US dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_cost_usd: Option<f64>,
}

/// The run that started this one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parent {
    /// The run.
    pub execution_id: ExecutionId,
    /// Its step that waits for this one.
    pub step: StepPath,
    /// How many runs this one is inside of, from 1.
    pub depth: u32,
    /// What it may use.
    pub budget: Budget,
}

/// A child that is to be started.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChildRun {
    /// Its id, which follows from its parent: whoever starts it a second time finds it there.
    pub execution_id: ExecutionId,
    /// Id of its definition; the parent's pins say which version.
    pub workflow: String,
    /// What it is asked.
    pub input: Json,
    /// Overlays its definition's context: an object, or null.
    pub context: Json,
    /// Whose child it is.
    pub parent: Parent,
}

/// How a child ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChildEnd {
    /// Its output, or why there is none.
    pub outcome: Result<Json, Failure>,
    /// What it consumed, its own children included.
    #[serde(default)]
    pub usage: Usage,
    /// Steps that began, those of its own children included.
    #[serde(default)]
    pub steps: u32,
}

impl ChildEnd {
    /// A child that never began.
    #[must_use]
    pub fn refused(failure: Failure) -> Self {
        Self { outcome: Err(failure), usage: Usage::default(), steps: 0 }
    }

    /// How a run of this log ended; `None` while it has not.
    #[must_use]
    pub fn of(log: &[Event]) -> Option<Self> {
        let outcome = Self::outcome(&log.last()?.kind)?;
        let (mut usage, mut steps) = (Usage::default(), 0_u32);
        for event in log {
            match &event.kind {
                EventKind::StepStarted { .. } => steps = steps.saturating_add(1),
                EventKind::UsageUpdated { total, .. } => usage = *total,
                EventKind::ChildEnded { steps: inner, total, .. } => {
                    steps = steps.saturating_add(*inner);
                    usage = *total;
                }
                _ => {}
            }
        }
        Some(Self { outcome, usage, steps })
    }

    /// What a run that ended with this event came to; `None` where nothing ends with it.
    #[must_use]
    pub fn outcome(last: &EventKind) -> Option<Result<Json, Failure>> {
        match last {
            EventKind::ExecutionCompleted { output } => Some(Ok(output.clone())),
            EventKind::ExecutionFailed { failure } => Some(Err(failure.clone())),
            EventKind::ExecutionCancelled { .. } => {
                Some(Err(Failure::new(ErrorCode::Cancelled, "The child execution was cancelled")))
            }
            _ => None,
        }
    }
}
