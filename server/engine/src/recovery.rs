//! What happens at start: every unfinished run goes on.

use std::sync::Arc;

use magone_core::error::ErrorCode;
use magone_core::execution::{Event, EventKind, ExecutionView};
use magone_core::failure::Failure;
use magone_core::interpreter::{self, Input};
use magone_core::ports::{StoreError, StoredRun};

use crate::breakpoint::Point;
use crate::embedded::{EmbeddedEngine, Shared};
use crate::runner::Run;
use crate::writes;

/// Runs that are read from the store at once.
const PAGE: u32 = 1_000;

impl EmbeddedEngine {
    /// Puts every unfinished run of the store back into flight; how many there were.
    ///
    /// # Errors
    /// When the store cannot be read. Runs that were read by then are in flight.
    pub async fn recover(&self) -> Result<u64, StoreError> {
        let (mut after, mut count) = (None, 0_u64);
        loop {
            let page = self.shared.store.unfinished(after, PAGE).await?;
            let full = u32::try_from(page.len()).is_ok_and(|len| len >= PAGE);
            after = page.last().map(|run| run.execution_id.clone());
            for stored in page {
                if !self.shared.is_fresh(&stored.execution_id) {
                    count += 1;
                    resume(&self.shared, stored).await?;
                }
            }
            if !full {
                self.shared.recovered();
                return Ok(count);
            }
        }
    }
}

async fn resume(shared: &Arc<Shared>, stored: StoredRun) -> Result<(), StoreError> {
    shared.breakpoints.reach(Point::BeforeRecovery);
    let Some(view) = ExecutionView::fold(stored.execution_id.clone(), &stored.log) else {
        // The row and its first events are one transaction: this cannot be without damage.
        tracing::error!(execution.id = %stored.execution_id, "unfinished run without events");
        return Ok(());
    };
    let run = Run {
        execution_id: stored.execution_id,
        tenant_id: stored.tenant_id,
        webhook_url: stored.webhook_url,
        scripted: stored.pins.scripted,
    };
    let program = match shared.store.program(&stored.pins).await {
        Ok(program) if stored.interpreter_version == interpreter::VERSION => program,
        Ok(_) => {
            let version = stored.interpreter_version;
            let why = format!("this binary has no interpreter of version {version}");
            return give_up(shared, &run, view, why).await;
        }
        Err(error @ StoreError::Unavailable(_)) => return Err(error),
        Err(error) => return give_up(shared, &run, view, error.to_string()).await,
    };
    let state = interpreter::recover(program, &stored.log);
    shared.launch(run, state, view, Some(Input::Recovered));
    Ok(())
}

/// A run whose pinned versions cannot be loaded any more ends, visibly.
async fn give_up(
    shared: &Arc<Shared>,
    run: &Run,
    mut view: ExecutionView,
    why: String,
) -> Result<(), StoreError> {
    tracing::error!(execution.id = %run.execution_id, error = %why, "run cannot be resumed");
    let failure =
        Failure::new(ErrorCode::DefinitionError, "The workflow's version cannot be loaded any more")
            .with_detail(why);
    let event = Event {
        seq: view.last_seq.saturating_add(1),
        time: (shared.now)(),
        kind: EventKind::ExecutionFailed { failure },
    };
    let before = view.state;
    view.apply(&event);
    let mut write = writes::further(run, before, &view, Arc::from([event]));
    write.outbox = writes::outbox(run, &view, shared.mint);
    shared.store.commit(write).await
}
