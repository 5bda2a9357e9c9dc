//! How activities are asked for, and how they come back.
//!
//! Whether an attempt is made again is the interpreter's to say. Temporal tries again only what
//! never reached the outside: a database that is away, a worker that is being stopped.

use std::time::Duration;

use magone_core::failure::Failure;
use magone_core::interpreter::ObligationId;
use temporalio_common::{ActivityDefinition, RetryPolicy};
use temporalio_workflow::{
    ActivityCancellationType, ActivityExecutionError, ActivityOptions, ChildWorkflowCancellationType,
    ChildWorkflowOptions, ParentClosePolicy, TimeoutType, WorkflowCancellationToken, WorkflowIdReusePolicy,
};

use crate::shell::Outcome;
use crate::wire::{CallEnd, CallInput, ChildInput, ChildReady, RecordInput, RunInput};

/// A worker that is silent for so long is gone.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// What an activity may take longer than its attempt: storing events comes first.
const ALLOWANCE: Duration = Duration::from_secs(60);
/// How long one attempt to store events may take.
const RECORDING: Duration = Duration::from_secs(60);
/// Pauses before Temporal tries again.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// The name of the activity that only stores.
pub(crate) const RECORD_EVENTS: &str = "record_events";

/// No worker on the queue knows the activity: it would be tried for ever.
const UNKNOWN_ACTIVITY: &str = "NotFoundError";
/// After these nobody knows whether the attempt reached the outside.
const SILENT: &str = "TemporalTimeout:Heartbeat";
const LATE: &str = "TemporalTimeout:StartToClose";

/// An activity that is chosen by its name.
#[derive(Debug)]
pub(crate) struct Call(pub &'static str);

impl ActivityDefinition for Call {
    type Input = CallInput;
    type Output = CallEnd;

    fn name(&self) -> &str {
        self.0
    }
}

/// The activity that only stores.
#[derive(Debug)]
pub(crate) struct Record;

impl ActivityDefinition for Record {
    type Input = RecordInput;
    type Output = ();

    fn name(&self) -> &str {
        RECORD_EVENTS
    }
}

/// The name of the activity that makes a child ready to begin.
pub(crate) const PREPARE_CHILD: &str = "prepare_child";

/// The activity that makes a child ready to begin.
#[derive(Debug)]
pub(crate) struct Prepare;

impl ActivityDefinition for Prepare {
    type Input = ChildInput;
    type Output = ChildReady;

    fn name(&self) -> &str {
        PREPARE_CHILD
    }
}

fn again(unless: &[&'static str]) -> RetryPolicy {
    RetryPolicy::builder()
        .initial_interval(FIRST_PAUSE)
        .maximum_interval(LONGEST_PAUSE)
        .non_retryable_error_types(unless.iter().copied())
        .build()
}

/// Options of an activity. Its id in the history is the obligation's.
pub(crate) fn calling(
    id: &ObligationId,
    input: &CallInput,
    token: WorkflowCancellationToken,
) -> ActivityOptions {
    let limit = Duration::from_millis(input.timeout_ms).saturating_add(ALLOWANCE);
    ActivityOptions::with_start_to_close_timeout(limit)
        .activity_id(id.as_str())
        .heartbeat_timeout(HEARTBEAT)
        .cancellation_type(ActivityCancellationType::WaitCancellationCompleted)
        .cancellation_token(token)
        .retry_policy(again(&[UNKNOWN_ACTIVITY, SILENT, LATE]))
        .build()
}

/// Options of `record_events` and `prepare_child`: storing and looking up twice does no harm.
pub(crate) fn recording(token: WorkflowCancellationToken) -> ActivityOptions {
    ActivityOptions::with_start_to_close_timeout(RECORDING)
        .heartbeat_timeout(HEARTBEAT)
        .cancellation_token(token)
        .retry_policy(again(&[UNKNOWN_ACTIVITY]))
        .build()
}

/// How an activity came back.
pub(crate) fn called(ended: Result<CallEnd, ActivityExecutionError>) -> Outcome {
    let error = match ended {
        Ok(end) => return Outcome::Done(end.result),
        Err(error) => error,
    };
    match error.as_timeout().map(|timeout| timeout.timeout_type()) {
        Some(TimeoutType::Heartbeat) => Outcome::Gone,
        Some(_) => Outcome::TooSlow,
        None if error.as_cancelled().is_some() => Outcome::Stopped,
        None => Outcome::Broken(sentence(&error)),
    }
}

/// Options of a child's workflow. Its parent waits until it has ended, also where it asked it to stop.
pub(crate) fn child(workflow_id: String, token: WorkflowCancellationToken) -> ChildWorkflowOptions {
    ChildWorkflowOptions::builder()
        .workflow_id(workflow_id)
        .cancellation_token(token)
        .cancel_type(ChildWorkflowCancellationType::WaitCancellationCompleted)
        .parent_close_policy(ParentClosePolicy::RequestCancel)
        .id_reuse_policy(WorkflowIdReusePolicy::RejectDuplicate)
        .build()
}

/// Whether a child can begin.
pub(crate) fn prepared(
    ended: Result<ChildReady, ActivityExecutionError>,
) -> Result<Result<Box<RunInput>, Failure>, String> {
    ended.map(|ready| ready.result).map_err(|error| sentence(&error))
}

/// Whether the events were stored.
pub(crate) fn recorded(ended: Result<(), ActivityExecutionError>) -> Result<(), String> {
    ended.map_err(|error| format!("the events of the run cannot be stored: {}", sentence(&error)))
}

fn sentence(error: &ActivityExecutionError) -> String {
    error.cause().map_or_else(|| error.to_string(), ToString::to_string)
}
