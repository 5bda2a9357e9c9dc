//! Starts whose commit broke off. Whoever asked was told that the run did not start, and mostly it
//! did not; but the connection may have broken after the database had written. Then there is a run
//! that nobody has in flight, and it would wait for the next start of the process. So such a run is
//! looked for until it cannot appear any more.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use magone_core::ids::ExecutionId;
use magone_core::ports::StoreError;
use tokio::time::Instant;

use crate::embedded::Shared;
use crate::recovery::{PAGE, resume};

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(2);
/// A commit that was under way so long ago is written by now, or never.
const OVER: Duration = Duration::from_secs(60);

/// Runs in doubt, and since when.
#[derive(Debug, Default)]
pub(crate) struct Doubts(Mutex<BTreeMap<ExecutionId, Instant>>);

impl Doubts {
    fn all(&self) -> MutexGuard<'_, BTreeMap<ExecutionId, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn oldest(&self) -> Option<ExecutionId> {
        self.all().keys().next().cloned()
    }

    fn has(&self, id: &ExecutionId) -> bool {
        self.all().contains_key(id)
    }
}

impl Shared {
    /// It is not known whether this run was written.
    pub(crate) fn doubt(self: &Arc<Self>, id: ExecutionId) {
        let mut doubts = self.doubts.all();
        let looking = !doubts.is_empty();
        doubts.insert(id, Instant::now());
        if !looking {
            self.spawn(settle(Arc::clone(self)));
        }
    }
}

/// Looks until no doubt is left. A shutdown need not wait for that: the next start finds every run.
async fn settle(shared: Arc<Shared>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = shared.draining.cancelled() => return,
        }
        if let Err(error) = look(&shared).await {
            tracing::debug!(%error, "the database cannot be asked for runs in doubt yet");
        }
        if shared.doubts.all().is_empty() {
            return;
        }
    }
}

/// Puts into flight what was written after all, and gives up what was not.
async fn look(shared: &Arc<Shared>) -> Result<(), StoreError> {
    let begun = Instant::now();
    let Some(oldest) = shared.doubts.oldest() else { return Ok(()) };
    let mut after = oldest.made_at().map(ExecutionId::lower_bound);
    loop {
        let page = shared.store.unfinished(after, PAGE).await?;
        let full = u32::try_from(page.len()).is_ok_and(|len| len >= PAGE);
        after = page.last().map(|run| run.execution_id.clone());
        for stored in page {
            let id = stored.execution_id.clone();
            if !shared.doubts.has(&id) {
                continue;
            }
            if let Some(flight) = resume(shared, stored).await? {
                tracing::info!(execution.id = %id, "run was written although its commit broke off");
                shared.launch(flight);
            }
            shared.doubts.all().remove(&id);
        }
        if !full {
            break;
        }
    }
    shared.doubts.all().retain(|_, since| begun.duration_since(*since) < OVER);
    Ok(())
}
