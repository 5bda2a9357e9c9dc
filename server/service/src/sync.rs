//! Waiting for a run's end.

use std::time::Duration;

use magone_core::execution::ExecutionView;
use magone_core::idempotency::IdempotencyKey;
use magone_core::ids::ExecutionId;
use magone_core::ports::{BoxFuture, LiveRuns, RunStore, StartRun};
use serde_json::Value;

use crate::executions::not_found;
use crate::idempotency::Meant;
use crate::{ServiceError, Services, TenantCaller};

/// How often a waiter looks at the row of a run that may end in another process.
const LOOK: Duration = Duration::from_secs(1);

/// What a synchronous call gets.
#[derive(Clone, Debug)]
pub enum Waited {
    /// The run ended in time.
    Ended(Box<ExecutionView>),
    /// It goes on; how it looks now.
    Running(Box<ExecutionView>),
}

/// What a synchronous call gets, and whether an earlier call with its key started the run.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The run.
    pub run: Waited,
    /// An earlier call started it.
    pub replayed: bool,
}

impl Services {
    /// Starts a run, or finds the one that the key stands for, and waits for its end, at most as long
    /// as the definition lets a caller wait and at most `wish`; no longer than until `stop` resolves.
    ///
    /// # Errors
    /// As [`Services::run`]. Once the run is started whoever waits learns at least its id, even where the
    /// key opens nothing any more: [`ServiceError::TurnedOut`].
    pub async fn run_and_wait(
        &self,
        caller: &TenantCaller,
        slug: &str,
        body: Value,
        key: Option<&IdempotencyKey>,
        wish: Option<Duration>,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<Answered, ServiceError> {
        // Whoever waits is one of many: what is done before is not to be held meanwhile.
        let (claim, meant) = Box::pin(self.asked(caller, slug, &body, key)).await?;
        let id = match meant {
            Meant::Known(id) => {
                let run = Box::pin(self.attend(caller, id, wish, stop)).await?;
                return Ok(Answered { run, replayed: true });
            }
            Meant::New(id) => id,
        };
        let (resolved, request) = Box::pin(self.prepare(caller, slug, body)).await?;
        self.start_and_wait(caller, Self::order(caller, &resolved, id, request, claim), wish, stop).await
    }

    pub(crate) async fn start_and_wait(
        &self,
        caller: &TenantCaller,
        run: StartRun,
        wish: Option<Duration>,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<Answered, ServiceError> {
        let id = run.execution_id.clone();
        let limit = Duration::from_secs(run.program.definition().limits.sync_wait_seconds);
        // Registered before the run begins: its end cannot be missed.
        let ending = self.live()?.ending(&id);
        let begun = Box::pin(self.launch(caller, run)).await?;
        let run = match begun.execution_id == id {
            true => self.wait(caller, id, ending, wish.map_or(limit, |wish| wish.min(limit)), stop).await?,
            false => Box::pin(self.attend(caller, begun.execution_id, wish, stop)).await?,
        };
        Ok(Answered { run, replayed: begun.replayed })
    }

    /// Waits for the end of a run that somebody else started, as if the caller had.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], also for another tenant's.
    pub async fn attend(
        &self,
        caller: &TenantCaller,
        id: ExecutionId,
        wish: Option<Duration>,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<Waited, ServiceError> {
        // Registered before the run is looked at: its end cannot be missed.
        let ending = self.live()?.ending(&id);
        let row = self.store.tenant(&caller.tenant.id).execution(&id).await?;
        let row = row.filter(|row| caller.reaches(&row.view.workflow_slug)).ok_or_else(|| not_found(&id))?;
        if row.view.state.is_terminal() {
            return Ok(Waited::Ended(Box::new(row.view)));
        }
        let program = self.store.program(&row.pins).await?;
        let limit = Duration::from_secs(program.definition().limits.sync_wait_seconds);
        self.wait(caller, id, ending, wish.map_or(limit, |wish| wish.min(limit)), stop).await
    }

    async fn wait(
        &self,
        caller: &TenantCaller,
        id: ExecutionId,
        ending: BoxFuture<'static, ExecutionView>,
        most: Duration,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<Waited, ServiceError> {
        tokio::select! {
            view = ending => Ok(Waited::Ended(Box::new(view))),
            view = self.row_ended(caller, &id) => Ok(Waited::Ended(Box::new(view))),
            () = tokio::time::sleep(most) => Ok(self.still_running(caller, id).await),
            () = stop => Ok(self.still_running(caller, id).await),
            why = self.lost_standing(caller) => {
                Err(ServiceError::TurnedOut { why: Box::new(why), execution_id: id })
            }
        }
    }

    fn live(&self) -> Result<&dyn LiveRuns, ServiceError> {
        self.live.as_deref().ok_or_else(|| ServiceError::Internal("nobody watches".to_owned()))
    }

    /// The run is on disk: whatever happens now, the caller learns its id.
    async fn still_running(&self, caller: &TenantCaller, id: ExecutionId) -> Waited {
        match Box::pin(self.own_execution(caller, &id)).await {
            Ok(view) if view.state.is_terminal() => Waited::Ended(Box::new(view)),
            Ok(view) => Waited::Running(Box::new(view)),
            Err(_) => Waited::Running(Box::new(ExecutionView::new(id, (self.clock.now)()))),
        }
    }

    async fn row_ended(&self, caller: &TenantCaller, id: &ExecutionId) -> ExecutionView {
        loop {
            tokio::time::sleep(LOOK).await;
            if self.engine.as_ref().is_some_and(|engine| engine.carries(id)) {
                continue;
            }
            match Box::pin(self.own_execution(caller, id)).await {
                Ok(view) if view.state.is_terminal() => return view,
                Ok(_) => {}
                Err(error) => {
                    tracing::debug!(execution.id = %id, ?error, "row could not be read while waiting")
                }
            }
        }
    }
}
