//! Temporal's activities, around those of the port.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use magone_core::activity::{ActivityError, ActivityOutput};
use magone_core::child;
use magone_core::error::ErrorCode;
use magone_core::failure::Failure;
use magone_core::ports::{Activities, ActivityCall, BoxFuture, StartRun, StoreError};
use temporalio_common::ActivityDefinition;
use temporalio_common::error::ApplicationFailure;
use temporalio_sdk::activities::{
    ActivityContext, ActivityDefinitions, ActivityError as Refusal, ActivityImplementer, ExecutableActivity,
};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::dispatch::{Prepare, Record};
use crate::recorder::Recorder;
use crate::size::{self, MOST_PAYLOAD};
use crate::wire::{CallEnd, CallInput, ChildInput, ChildReady, Owner, RecordInput, RunInput};

/// How often a sign of life is given where nobody says how long it is waited for.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// The activities of a worker.
pub(crate) struct Adapter {
    pub activities: Arc<dyn Activities>,
    pub recorder: Arc<Recorder>,
    /// The worker is being stopped: what is under way is given back.
    pub stopping: CancellationToken,
}

impl fmt::Debug for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Adapter").finish_non_exhaustive()
    }
}

impl ActivityImplementer for Adapter {
    fn register_all(self: Arc<Self>, known: &mut ActivityDefinitions) {
        known.register_activity::<Named<0>>(Arc::clone(&self));
        known.register_activity::<Named<1>>(Arc::clone(&self));
        known.register_activity::<Named<2>>(Arc::clone(&self));
        known.register_activity::<Named<3>>(Arc::clone(&self));
        known.register_activity::<Prepare>(Arc::clone(&self));
        known.register_activity::<Record>(self);
    }
}

/// Names of the activities, as in the first API. What is to be done stands in the input; the name
/// says it to whoever looks at a history.
const NAMES: [&str; 4] = ["llm_completion", "execute_tool", "retrieve_knowledge", "execute_agent_as_tool"];

/// An activity under one of the names.
#[derive(Debug)]
pub(crate) struct Named<const PLACE: usize>;

impl<const PLACE: usize> ActivityDefinition for Named<PLACE> {
    type Input = CallInput;
    type Output = CallEnd;

    fn name(&self) -> &str {
        NAMES.get(PLACE).copied().unwrap_or_default()
    }
}

/// Activities are carried out by methods of the adapter.
macro_rules! carried_out {
    ($([$($generic:tt)*] $activity:ty => $method:ident;)*) => {$(
        impl<$($generic)*> ExecutableActivity for $activity {
            type Implementer = Adapter;
            const REQUIRES_INSTANCE: bool = true;

            fn definition() -> Self {
                Self
            }

            fn execute(
                adapter: Option<Arc<Adapter>>,
                ctx: ActivityContext,
                input: Self::Input,
            ) -> BoxFuture<'static, Result<Self::Output, Refusal>> {
                Box::pin(async move { adapter.ok_or_else(nobody)?.$method(&ctx, input).await })
            }
        }
    )*};
}

carried_out! {
    [const PLACE: usize] Named<PLACE> => call;
    [] Prepare => prepare;
    [] Record => record;
}

impl Adapter {
    async fn record(&self, ctx: &ActivityContext, input: RecordInput) -> Result<(), Refusal> {
        let RecordInput { owner, events } = input;
        self.alive(ctx, async { self.recorder.record(&owner, &events).await.map_err(unstored) }).await
    }

    async fn call(&self, ctx: &ActivityContext, input: CallInput) -> Result<CallEnd, Refusal> {
        let done = async {
            let CallInput { owner, events, idempotency_key, timeout_ms, activity } = input;
            self.recorder.record(&owner, &events).await.map_err(unstored)?;
            let Owner { run, .. } = owner;
            let run_id = run.execution_id.clone();
            let call = ActivityCall {
                execution_id: run.execution_id,
                tenant_id: run.tenant_id,
                speech: self.recorder.listening(&run_id, &idempotency_key),
                idempotency_key,
                scripted: run.scripted,
                activity,
            };
            let limit = Duration::from_millis(timeout_ms);
            // A task of its own, so that a panic is an answer; dropping the handle stops it.
            let attempt = AbortOnDropHandle::new(tokio::spawn(self.activities.call(call)));
            Ok(match tokio::time::timeout(limit, attempt).await {
                Ok(Ok(result)) => result,
                Ok(Err(_)) => Err(ActivityError::panicked()),
                Err(_) => Err(ActivityError::too_slow(limit)),
            })
        };
        let result = self.alive(ctx, done).await?;
        Ok(CallEnd { result: fitting(result) })
    }

    async fn prepare(&self, ctx: &ActivityContext, input: ChildInput) -> Result<ChildReady, Refusal> {
        let prepared = async {
            let ChildInput { owner, events, family, child } = input;
            self.recorder.record(&owner, &events).await.map_err(unstored)?;
            let family = match family.of_child(&child) {
                Ok(family) => family,
                Err(failure) => return Ok(Err(failure)),
            };
            match self.recorder.program(&family.pins).await {
                Ok(program) => Ok(begin(&owner, child::start(family, child, program))),
                Err(error @ StoreError::Unavailable(_)) => Err(unstored(error)),
                Err(error) => Ok(Err(child::lost(&child, &error))),
            }
        };
        Ok(ChildReady { result: self.alive(ctx, prepared).await? })
    }

    /// Does it and gives signs of life meanwhile, until it is done or nobody wants it any more.
    async fn alive<T>(
        &self,
        ctx: &ActivityContext,
        work: impl Future<Output = Result<T, Refusal>>,
    ) -> Result<T, Refusal> {
        tokio::select! {
            biased;
            () = self.stopping.cancelled() => Err(interrupted()),
            () = ctx.cancelled() => Err(Refusal::cancelled()),
            done = work => done,
            () = signs_of_life(ctx) => Err(Refusal::cancelled()),
        }
    }
}

/// What a child's workflow begins with.
fn begin(owner: &Owner, start: Result<StartRun, Failure>) -> Result<Box<RunInput>, Failure> {
    let start = start?;
    let id = owner.child_workflow_id(&start.execution_id);
    // A run is as old as its id says.
    let accepted_at = start.execution_id.made_at().unwrap_or_default();
    let input = RunInput::of(&start, id, accepted_at);
    let bytes = size::bytes(&input);
    if bytes > MOST_PAYLOAD {
        let sentence = format!(
            "Input, context, definition and agents of the child are {bytes} bytes together; Temporal \
             carries 1.9 MB"
        );
        return Err(Failure::new(ErrorCode::BudgetExceeded, sentence));
    }
    Ok(Box::new(input))
}

/// Never ends by itself.
async fn signs_of_life(ctx: &ActivityContext) {
    // The SDK passes on as many as the server wants to hear.
    let every = ctx.info().heartbeat_timeout.unwrap_or(HEARTBEAT) / 4;
    loop {
        if let Err(error) = ctx.record_heartbeat(()).await {
            tracing::warn!(%error, "no sign of life could be given");
        }
        tokio::time::sleep(every).await;
    }
}

/// An answer that is too large to be sent back is a failure that says so.
fn fitting(result: Result<ActivityOutput, ActivityError>) -> Result<ActivityOutput, ActivityError> {
    let bytes = size::bytes(&result);
    if bytes <= MOST_PAYLOAD {
        return result;
    }
    let code = match &result {
        Ok(ActivityOutput::ExecuteTool { .. } | ActivityOutput::RetrieveKnowledge { .. }) => {
            ErrorCode::ToolFailed
        }
        _ => ErrorCode::InvalidOutput,
    };
    let sentence = format!("The answer is larger than 1.9 MB, which is what Temporal carries: {bytes} bytes");
    Err(ActivityError::permanent(Failure::new(code, sentence)))
}

/// Temporal tries again what a later attempt may mend.
fn unstored(error: StoreError) -> Refusal {
    let lasting = matches!(error, StoreError::NotFound(_) | StoreError::Internal(_));
    tracing::warn!(%error, lasting, "events were not stored");
    Refusal::application(match lasting {
        true => ApplicationFailure::non_retryable(error),
        false => ApplicationFailure::new(error),
    })
}

/// The SDK does not let it come to this: an instance is asked for.
fn nobody() -> Refusal {
    Refusal::application(ApplicationFailure::non_retryable("the activity has no worker"))
}

fn interrupted() -> Refusal {
    Refusal::application(ApplicationFailure::new("the worker is being stopped"))
}
