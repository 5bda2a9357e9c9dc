//! Waiting for a run's end.

use std::time::Duration;

use magone_core::execution::ExecutionView;
use magone_core::ids::ExecutionId;
use serde_json::Value;

use crate::{ExecuteRequest, Resolved, ServiceError, Services, TenantCaller};

/// How often a waiter looks at the row itself: a run may end in another process.
const LOOK: Duration = Duration::from_secs(1);

/// What a synchronous call gets.
#[derive(Clone, Debug)]
pub enum Waited {
    /// The run ended in time.
    Ended(Box<ExecutionView>),
    /// It goes on; how it looks now.
    Running(Box<ExecutionView>),
}

impl Services {
    /// Starts a run and waits for its end, at most as long as the definition lets a caller wait and
    /// at most `wish`; no longer than until `stop` resolves.
    ///
    /// # Errors
    /// As [`Services::run`]. Once the run is started whoever waits learns at least its id, unless the
    /// key opens nothing any more: [`ServiceError::KeyInvalid`] or [`ServiceError::TenantSuspended`].
    pub async fn run_and_wait(
        &self,
        caller: &TenantCaller,
        slug: &str,
        body: Value,
        wish: Option<Duration>,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<Waited, ServiceError> {
        let (resolved, request) = self.prepare(caller, slug, body).await?;
        self.start_and_wait(caller, &resolved, request, wish, stop).await
    }

    pub(crate) async fn start_and_wait(
        &self,
        caller: &TenantCaller,
        resolved: &Resolved,
        request: ExecuteRequest,
        wish: Option<Duration>,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<Waited, ServiceError> {
        let limit = Duration::from_secs(resolved.program.definition().limits.sync_wait_seconds);
        let wait = wish.map_or(limit, |wish| wish.min(limit));
        let id = self.mint_execution();
        // Registered before the run begins: its end cannot be missed.
        let live = self.live.as_ref().ok_or_else(|| ServiceError::Internal("nobody watches".to_owned()))?;
        let ending = live.ending(&id);
        self.start(caller, resolved, id.clone(), request).await?;
        tokio::select! {
            view = ending => Ok(Waited::Ended(Box::new(view))),
            view = self.row_ended(caller, &id) => Ok(Waited::Ended(Box::new(view))),
            () = tokio::time::sleep(wait) => Ok(self.still_running(caller, id).await),
            () = stop => Ok(self.still_running(caller, id).await),
            lost = self.lost_standing(caller) => Err(lost),
        }
    }

    /// The run is on disk: whatever happens now, the caller learns its id.
    async fn still_running(&self, caller: &TenantCaller, id: ExecutionId) -> Waited {
        match self.own_execution(caller, &id).await {
            Ok(view) if view.state.is_terminal() => Waited::Ended(Box::new(view)),
            Ok(view) => Waited::Running(Box::new(view)),
            Err(_) => Waited::Running(Box::new(ExecutionView::new(id, (self.clock.now)()))),
        }
    }

    async fn row_ended(&self, caller: &TenantCaller, id: &ExecutionId) -> ExecutionView {
        loop {
            tokio::time::sleep(LOOK).await;
            match self.own_execution(caller, id).await {
                Ok(view) if view.state.is_terminal() => return view,
                Ok(_) => {}
                Err(error) => {
                    tracing::debug!(execution.id = %id, ?error, "row could not be read while waiting")
                }
            }
        }
    }
}
