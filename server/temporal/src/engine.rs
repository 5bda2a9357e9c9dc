//! The engine's front: starting and cancelling through Temporal.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use magone_core::execution::{Decision, Event};
use magone_core::ids::ExecutionId;
use magone_core::interpreter::{State, decide};
use magone_core::ports::{BoxFuture, Engine, EngineError, StartRun, StoreError};
use magone_core::time::Timestamp;
use magone_core::workflow::program::Program;
use temporalio_client::errors::{WorkflowInteractionError, WorkflowStartError, WorkflowUpdateError};
use temporalio_client::{
    Client, WorkflowExecuteUpdateOptions, WorkflowFetchHistoryOptions, WorkflowIdConflictPolicy,
    WorkflowIdReusePolicy, WorkflowSignalOptions, WorkflowStartOptions,
};
use temporalio_common::protos::temporal::api::history::v1::history_event::Attributes;

use crate::address::Address;
use crate::error::Error;
use crate::recorder::Recorder;
use crate::size::{self, MOST_PAYLOAD};
use crate::wire::{CancelWish, DecisionTaken, DecisionWish, Owner, RunInput};
use crate::workflow::AgentWorkflow;

/// How long Temporal may take for an answer, further attempts of the client included.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long a cancellation, which Temporal keeps by now, is waited for to appear in the log.
const TAKEN_IN: Duration = Duration::from_secs(2);
/// How often the log is looked at meanwhile.
const LOOK: Duration = Duration::from_millis(20);

/// What Temporal knows a run by, as in the first API.
#[must_use]
pub fn workflow_id(tenant_slug: &str, execution_id: &ExecutionId) -> String {
    format!("tenant-{tenant_slug}-{execution_id}")
}

/// Runs go on in Temporal. Cheap to clone.
#[derive(Clone)]
pub struct TemporalEngine {
    client: Client,
    task_queue: String,
    recorder: Arc<Recorder>,
    now: fn() -> Timestamp,
}

impl fmt::Debug for TemporalEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TemporalEngine").field("task_queue", &self.task_queue).finish_non_exhaustive()
    }
}

impl TemporalEngine {
    /// Connects. `recorder` stores what a run begins with.
    ///
    /// # Errors
    /// [`Error::Unreachable`].
    pub async fn connect(
        address: &Address,
        recorder: Arc<Recorder>,
        now: fn() -> Timestamp,
    ) -> Result<Self, Error> {
        let client = address.connect().await?;
        Ok(Self { client, task_queue: address.task_queue.clone(), recorder, now })
    }

    /// The history of a run as JSON, as [`crate::replay`] reads it.
    ///
    /// # Errors
    /// [`Error::History`].
    pub async fn history(&self, workflow_id: &str) -> Result<Vec<u8>, Error> {
        let run = self.client.get_workflow_handle::<AgentWorkflow>(workflow_id);
        let history = run.fetch_history(WorkflowFetchHistoryOptions::default());
        history.to_json().await.map_err(|error| Error::History(error.to_string()))
    }

    /// The key that the run is asked for with, then Temporal: its history is the authority, and a run that
    /// it took reaches its end. The row is on disk before anybody learns the id; should this process die
    /// in between, the run's own first activity stores it. Should it die between key and run, whoever
    /// comes with the key again starts the run under the id that the key stands for.
    async fn begin(&self, start: StartRun) -> Result<(), EngineError> {
        let id = workflow_id(&start.tenant_slug, &start.execution_id);
        // A run is as old as its id says.
        let accepted_at = start.execution_id.made_at().unwrap_or_else(self.now);
        let input = RunInput::of(&start, id.clone(), accepted_at);
        let bytes = size::bytes(&input);
        if bytes > MOST_PAYLOAD {
            return Err(EngineError::TooLarge(format!(
                "Input, context, definition and agents are {bytes} bytes together; Temporal carries 1.9 MB. \
                 Send a reference to what is large, and read it with a tool"
            )));
        }
        let begun =
            Begun { events: first_events(&input, Arc::clone(&start.program)), owner: input.owner.clone() };
        self.recorder.claim(&start).await?;
        let options = WorkflowStartOptions::new(self.task_queue.clone(), id.clone())
            .id_reuse_policy(WorkflowIdReusePolicy::RejectDuplicate)
            .id_conflict_policy(WorkflowIdConflictPolicy::Fail)
            .build();
        let begun = match in_time(self.client.start_workflow(AgentWorkflow::run, input, options)).await? {
            Ok(_) => begun,
            // It is there from an attempt whose answer was lost, or from somebody else with the same key:
            // what it began with may not be what this attempt would have begun with.
            Err(WorkflowStartError::AlreadyStarted { .. }) => in_time(self.begun(&id)).await??,
            Err(error) => return Err(EngineError::Unreachable(error.to_string())),
        };
        Ok(self.recorder.record(&begun.owner, &begun.events).await?)
    }

    /// How a run that Temporal has began.
    async fn begun(&self, workflow_id: &str) -> Result<Begun, EngineError> {
        let unread =
            |why: &dyn fmt::Display| EngineError::Unreachable(format!("{workflow_id} began unread: {why}"));
        let run = self.client.get_workflow_handle::<AgentWorkflow>(workflow_id);
        let mut history = run.fetch_history(WorkflowFetchHistoryOptions::default());
        let first = history.next().await.transpose().map_err(|error| unread(&error))?;
        let input = match first.and_then(|event| event.attributes) {
            Some(Attributes::WorkflowExecutionStartedEventAttributes(started)) => started.input,
            _ => None,
        };
        let payload = input.and_then(|input| input.payloads.into_iter().next()).unwrap_or_default();
        let input: RunInput = serde_json::from_slice(&payload.data).map_err(|error| unread(&error))?;
        let program = input.program().map_err(|_| unread(&"its definition does not validate any more"))?;
        Ok(Begun { events: first_events(&input, program), owner: input.owner })
    }

    async fn stop(&self, id: ExecutionId, reason: Option<String>) -> Result<(), EngineError> {
        let workflow_id = self.recorder.stored_as(&id).await?.ok_or(EngineError::NotInFlight)?;
        let run = self.client.get_workflow_handle::<AgentWorkflow>(workflow_id);
        let wish = CancelWish { reason };
        match in_time(run.signal(AgentWorkflow::cancel, wish, WorkflowSignalOptions::default())).await? {
            // Whoever looks at the run now sees it, unless no worker is there to take it in.
            Ok(()) => Ok(tokio::time::timeout(TAKEN_IN, self.taken_in(&id)).await.unwrap_or(Ok(()))?),
            Err(WorkflowInteractionError::NotFound(_)) => Err(EngineError::NotInFlight),
            Err(error) => Err(EngineError::Unreachable(error.to_string())),
        }
    }

    /// Resolves when the wish to stop, or an end that was faster, is in the log.
    async fn taken_in(&self, id: &ExecutionId) -> Result<(), StoreError> {
        while !self.recorder.is_stopping(id).await? {
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    async fn hand_in(&self, id: ExecutionId, wish: DecisionWish) -> Result<(), EngineError> {
        let workflow_id = self.recorder.stored_as(&id).await?.ok_or(EngineError::NotInFlight)?;
        let run = self.client.get_workflow_handle::<AgentWorkflow>(workflow_id);
        let options = WorkflowExecuteUpdateOptions::default();
        match in_time(run.execute_update(AgentWorkflow::decide, wish, options)).await? {
            Ok(DecisionTaken { refusal: None }) => Ok(()),
            Ok(DecisionTaken { refusal: Some(refusal) }) => Err(refusal.into()),
            Err(WorkflowUpdateError::NotFound(_)) => Err(EngineError::NotInFlight),
            Err(error) => Err(EngineError::Unreachable(error.to_string())),
        }
    }
}

/// What a run begins with.
struct Begun {
    owner: Owner,
    events: Vec<Event>,
}

fn first_events(input: &RunInput, program: Arc<Program>) -> Vec<Event> {
    decide(&State::new(input.owner.run.execution_id.clone(), program), input.start(), input.accepted_at)
}

/// Callers are told within this time that Temporal does not answer.
async fn in_time<T>(asked: impl Future<Output = T>) -> Result<T, EngineError> {
    let late = |_| EngineError::Unreachable(format!("no answer within {} seconds", PATIENCE.as_secs()));
    tokio::time::timeout(PATIENCE, asked).await.map_err(late)
}

impl Engine for TemporalEngine {
    fn start(&self, run: StartRun) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(self.begin(run))
    }

    fn cancel(&self, id: ExecutionId, reason: Option<String>) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(self.stop(id, reason))
    }

    fn decide(
        &self,
        id: ExecutionId,
        approval: String,
        decision: Decision,
    ) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(self.hand_in(id, DecisionWish { approval, decision }))
    }
}
