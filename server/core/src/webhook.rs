//! What a webhook says.

use serde_json::{Value, json};

use crate::execution::{ExecutionView, RunState};
use crate::time::Timestamp;

/// The body: the members of the first API, and the projection beside them.
#[must_use]
pub fn body(view: &ExecutionView, at: Timestamp) -> Value {
    let kind = match view.state {
        RunState::Completed => "execution.completed",
        RunState::Cancelled => "execution.cancelled",
        _ => "execution.failed",
    };
    json!({
        "type": kind,
        "timestamp": at,
        "execution_id": view.execution_id,
        "status": view.status,
        "result": view.result,
        "error": view.error,
        "data": view,
    })
}
