//! Activities under way for one run, and children that it waits for.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use magone_core::activity::{ActivityError, ActivityOutput, DEFAULT_TIMEOUT_MS};
use magone_core::execution::ChildEnd;
use magone_core::interpreter::ObligationId;
use magone_core::ports::{Activities, ActivityCall};
use tokio::task::{AbortHandle, Id, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::children::Attended;

/// What came to its end.
#[derive(Debug)]
pub(crate) enum Done {
    /// An activity.
    Call(Result<ActivityOutput, ActivityError>),
    /// A child; `None` where it is not attended to any longer.
    Child(Option<ChildEnd>),
}

/// Something under way.
struct UnderWay {
    handle: AbortHandle,
    /// Of a child: how it is told that nobody wants it any more.
    unwanted: Option<CancellationToken>,
}

/// Activities and children under way. Dropping it stops the activities; children go on.
#[derive(Default)]
pub(crate) struct Tasks {
    set: JoinSet<Done>,
    under_way: HashMap<ObligationId, UnderWay>,
    names: HashMap<Id, ObligationId>,
}

impl Tasks {
    pub(crate) fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// Whether activities are under way.
    pub(crate) fn has_calls(&self) -> bool {
        self.under_way.values().any(|under_way| under_way.unwanted.is_none())
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
            let result = tokio::time::timeout(limit, attempt).await;
            Done::Call(result.unwrap_or_else(|_| Err(ActivityError::too_slow(limit))))
        });
        self.insert(id, handle, None);
    }

    /// Waits for a child.
    pub(crate) fn wait_for(&mut self, id: ObligationId, child: Attended) {
        let Attended { end, unwanted } = child;
        let handle = self.set.spawn(async move { Done::Child(end.await.ok()) });
        self.insert(id, handle, Some(unwanted));
    }

    fn insert(&mut self, id: ObligationId, handle: AbortHandle, unwanted: Option<CancellationToken>) {
        self.names.insert(handle.id(), id.clone());
        self.under_way.insert(id, UnderWay { handle, unwanted });
    }

    /// Stops what is not among `due`; children are told that nobody wants them.
    pub(crate) fn keep_only(&mut self, due: impl Fn(&ObligationId) -> bool) {
        for (_, under_way) in self.under_way.iter().filter(|(id, _)| !due(id)) {
            under_way.handle.abort();
            if let Some(unwanted) = &under_way.unwanted {
                unwanted.cancel();
            }
        }
    }

    /// Stops activities, and waits for children no longer.
    pub(crate) fn let_go(&mut self) {
        self.under_way.values().for_each(|under_way| under_way.handle.abort());
    }

    /// What came to its end next; `None` when it was stopped. Waits for ever when nothing is under
    /// way.
    pub(crate) async fn next(&mut self) -> (ObligationId, Option<Done>) {
        loop {
            let Some(joined) = self.set.join_next_with_id().await else {
                return std::future::pending().await;
            };
            let (task, outcome) = match joined {
                Ok((task, outcome)) => (task, Some(outcome)),
                Err(error) if error.is_cancelled() => (error.id(), None),
                Err(error) => (error.id(), Some(Done::Call(Err(ActivityError::panicked())))),
            };
            if let Some(id) = self.names.remove(&task) {
                self.under_way.remove(&id);
                return (id, outcome);
            }
        }
    }
}
