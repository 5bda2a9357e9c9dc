//! Runs that try another one again.

use serde::{Deserialize, Serialize};

use super::EventKind;
use crate::ids::ExecutionId;

/// The run that is tried again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetryOf {
    /// The run.
    pub execution_id: ExecutionId,
    /// Which attempt at the same input the new run is, from 2.
    pub attempt: u32,
}

/// How a run tries another one again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Retry {
    /// The run that is tried again.
    pub of: RetryOf,
    /// What is taken over from its log, in that order: steps that are not done again. Empty: all are.
    pub reused: Vec<EventKind>,
}
