//! `tool`: one tool call with the definition's arguments.

use serde_json::{Map, Value};

use crate::activity::{ActivityError, ActivityOutput};
use crate::error::ErrorCode;
use crate::execution::{EventKind, RetryReason};
use crate::interpreter::bounds;
use crate::interpreter::draft::Draft;
use crate::interpreter::retry::{self, Verdict};
use crate::interpreter::scope;
use crate::json::Json;
use crate::path::StepPath;
use crate::workflow::{Retry, Step};

/// Name of the step's only activity.
pub(in crate::interpreter) const CALL: &str = "call";

pub(super) fn begin(draft: &mut Draft<'_>, path: &StepPath, tool: &str, arguments: &Map<String, Value>) {
    match scope::render(draft.state, path, &Value::Object(arguments.clone())) {
        Ok(arguments) => draft.emit(EventKind::ToolCalled {
            step: path.clone(),
            turn: 0,
            call_id: CALL.to_owned(),
            tool: tool.to_owned(),
            arguments,
        }),
        Err(failure) => draft.fail_step(path, failure),
    }
}

pub(super) fn outcome(
    draft: &mut Draft<'_>,
    step: &Step,
    path: &StepPath,
    result: Result<ActivityOutput, ActivityError>,
) {
    match result.and_then(into_output) {
        // The output is in `step.completed`: a `tool.result` would only say it twice.
        Ok(output) => draft.complete_step(path, output),
        Err(error) => {
            if !try_again(draft, step, path, CALL, &error) {
                draft.fail_step(path, error.failure);
            }
        }
    }
}

/// The output of a tool activity; anything else is a fault of the adapter.
pub(super) fn into_output(output: ActivityOutput) -> Result<Json, ActivityError> {
    match output {
        ActivityOutput::ExecuteTool { output } => {
            bounds::check(&output, ErrorCode::ToolFailed, "The tool's output")
                .map_err(ActivityError::permanent)?;
            Ok(Json::new(output))
        }
        ActivityOutput::LlmCompletion { .. } | ActivityOutput::RetrieveKnowledge { .. } => {
            Err(super::dialogue::misfit("a tool call"))
        }
    }
}

/// Decides another attempt, where the step's policy has one left.
pub(super) fn try_again(
    draft: &mut Draft<'_>,
    step: &Step,
    path: &StepPath,
    call: &str,
    error: &ActivityError,
) -> bool {
    let policy = step.retry.clone().unwrap_or_default();
    another_attempt(draft, &policy, path, call, error).is_some()
}

/// Decides another attempt, where the policy has one left; its number.
pub(super) fn another_attempt(
    draft: &mut Draft<'_>,
    policy: &Retry,
    path: &StepPath,
    call: &str,
    error: &ActivityError,
) -> Option<u32> {
    let open = draft.state.open_call(path, call)?;
    let Verdict::Again(retry_at) = retry::judge(policy, open, error, draft.now) else {
        return None;
    };
    let attempt = open.attempt.saturating_add(1);
    draft.emit(EventKind::StepRetrying {
        step: path.clone(),
        call: call.to_owned(),
        attempt,
        fallback: None,
        reason: RetryReason::Error,
        retry_at: Some(retry_at),
        failure: Some(error.failure.clone()),
    });
    Some(attempt)
}
