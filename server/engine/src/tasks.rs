//! Activities under way for one run.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use magone_core::activity::{ActivityError, ActivityOutput, DEFAULT_TIMEOUT_MS};
use magone_core::interpreter::ObligationId;
use magone_core::ports::{Activities, ActivityCall};
use tokio::task::{AbortHandle, Id, JoinSet};

pub(crate) type Outcome = Result<ActivityOutput, ActivityError>;

/// Activities under way. Dropping it stops them all.
#[derive(Default)]
pub(crate) struct Tasks {
    set: JoinSet<Outcome>,
    under_way: HashMap<ObligationId, AbortHandle>,
    names: HashMap<Id, ObligationId>,
}

impl Tasks {
    pub(crate) fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    pub(crate) fn has(&self, id: &ObligationId) -> bool {
        self.under_way.contains_key(id)
    }

    pub(crate) fn begin(
        &mut self,
        id: ObligationId,
        activities: &Arc<dyn Activities>,
        call: ActivityCall,
        timeout_ms: Option<u64>,
    ) {
        let limit = Duration::from_millis(timeout_ms.unwrap_or(DEFAULT_TIMEOUT_MS));
        let attempt = activities.call(call);
        let handle = self.set.spawn(async move {
            tokio::time::timeout(limit, attempt).await.unwrap_or_else(|_| Err(ActivityError::too_slow(limit)))
        });
        self.names.insert(handle.id(), id.clone());
        self.under_way.insert(id, handle);
    }

    /// Stops what is not among `due`.
    pub(crate) fn keep_only(&mut self, due: impl Fn(&ObligationId) -> bool) {
        for (id, handle) in &self.under_way {
            if !due(id) {
                handle.abort();
            }
        }
    }

    /// The next activity that came to its end; `None` in the outcome when it was stopped. Waits for
    /// ever when nothing is under way.
    pub(crate) async fn next(&mut self) -> (ObligationId, Option<Outcome>) {
        loop {
            let Some(joined) = self.set.join_next_with_id().await else {
                return std::future::pending().await;
            };
            let (task, outcome) = match joined {
                Ok((task, outcome)) => (task, Some(outcome)),
                Err(error) if error.is_cancelled() => (error.id(), None),
                Err(error) => (error.id(), Some(Err(ActivityError::panicked()))),
            };
            if let Some(id) = self.names.remove(&task) {
                self.under_way.remove(&id);
                return (id, outcome);
            }
        }
    }
}
