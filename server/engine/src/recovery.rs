//! What happens at start: every unfinished run goes on.

use std::collections::HashMap;
use std::sync::Arc;

use magone_core::child::UNWANTED;
use magone_core::error::ErrorCode;
use magone_core::execution::{Event, EventKind, ExecutionView};
use magone_core::failure::Failure;
use magone_core::interpreter::{self, Input, Phase};
use magone_core::ports::{StoreError, StoredRun};
use magone_core::record::{self, Run};

use crate::breakpoint::Point;
use crate::embedded::{EmbeddedEngine, Flight, Shared};
use crate::runner::Runner;

/// Runs that are read from the store at once.
pub(crate) const PAGE: u32 = 1_000;
/// Runs that are begun before others on the runtime get their turn.
const BREATH: usize = 64;

impl EmbeddedEngine {
    /// Puts every unfinished run of the store back into flight; how many there were. None is begun
    /// before all are read: a server with many of them is ready soon, and after a failure nothing is
    /// in flight that a second attempt would find again.
    ///
    /// # Errors
    /// When the store cannot be read. Nothing is in flight then.
    pub async fn recover(&self) -> Result<u64, StoreError> {
        let (mut after, mut found) = (None, Vec::new());
        loop {
            let page = self.shared.store.unfinished(after, PAGE).await?;
            let full = u32::try_from(page.len()).is_ok_and(|len| len >= PAGE);
            after = page.last().map(|run| run.execution_id.clone());
            for stored in page {
                if !self.shared.is_fresh(&stored.execution_id) {
                    found.extend(resume(&self.shared, stored).await?);
                }
            }
            if !full {
                break;
            }
        }
        let count = u64::try_from(found.len()).unwrap_or(u64::MAX);
        // Who had a place has it again before anybody who waits is served; those wait in the order in
        // which they came.
        found.sort_by_key(|flight| flight.state.phase() == Phase::Queued);
        let firsts = firsts(&found);
        let board = |flight| {
            let place = self.shared.place_again(&flight);
            self.shared.board(flight, place)
        };
        let runners: Vec<_> = found.into_iter().map(board).zip(firsts).collect();
        self.shared.keep_places();
        self.shared.recovered();
        self.shared.spawn(begin(Arc::clone(&self.shared), runners));
        Ok(count)
    }
}

/// Begins runs a few at a time: thousands at once would keep everybody else waiting.
async fn begin(shared: Arc<Shared>, runners: Vec<(Runner, Input)>) {
    for (place, (runner, first)) in runners.into_iter().enumerate() {
        if place % BREATH == BREATH - 1 {
            tokio::task::yield_now().await;
        }
        shared.spawn(runner.drive(Some(first)));
    }
}

/// What each run is told first. A child that nobody waits for any more is stopped: its parent ended,
/// or went on without it, and the process died before the child was told.
fn firsts(found: &[Flight]) -> Vec<Input> {
    let states: HashMap<_, _> =
        found.iter().map(|flight| (&flight.run.execution_id, &flight.state)).collect();
    let is_wanted = |flight: &Flight| match flight.state.parent() {
        None => true,
        Some(parent) => {
            states.get(&parent.execution_id).is_some_and(|state| state.waits_for(&flight.run.execution_id))
        }
    };
    let first = |flight| match is_wanted(flight) {
        true => Input::Recovered,
        false => Input::Cancel { reason: Some(UNWANTED.to_owned()) },
    };
    found.iter().map(first).collect()
}

/// What is needed to go on with a run; `None` for one that cannot go on.
pub(crate) async fn resume(shared: &Shared, stored: StoredRun) -> Result<Option<Flight>, StoreError> {
    shared.breakpoints.reach(Point::BeforeRecovery);
    let Some(view) = ExecutionView::fold(stored.execution_id.clone(), &stored.log) else {
        // The row and its first events are one transaction: this cannot be without damage.
        tracing::error!(execution.id = %stored.execution_id, "unfinished run without events");
        return Ok(None);
    };
    let run = Run {
        execution_id: stored.execution_id.clone(),
        tenant_id: stored.tenant_id,
        webhook_url: stored.webhook_url,
        scripted: stored.pins.scripted,
    };
    let program = match shared.store.program(&stored.pins).await {
        Ok(program) if stored.interpreter_version == interpreter::VERSION => program,
        Ok(_) => {
            let version = stored.interpreter_version;
            let why = format!("this binary has no interpreter of version {version}");
            return give_up(shared, &run, view, why).await.map(|()| None);
        }
        Err(error @ StoreError::Unavailable(_)) => return Err(error),
        Err(error) => return give_up(shared, &run, view, error.to_string()).await.map(|()| None),
    };
    let state = interpreter::recover(stored.execution_id, program, &stored.log);
    let (tenant_workflow_id, pins) = (stored.tenant_workflow_id, stored.pins);
    Ok(Some(Flight { run, tenant_workflow_id, pins, state, view }))
}

/// A run whose pinned versions cannot be loaded any more ends, visibly.
async fn give_up(shared: &Shared, run: &Run, mut view: ExecutionView, why: String) -> Result<(), StoreError> {
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
    let events: Arc<[Event]> = Arc::from([event]);
    let mut write = record::further(run, before, &view, Arc::clone(&events));
    write.outbox = record::outbox(run, &view, &events, shared.mint);
    shared.store.commit(write).await
}
