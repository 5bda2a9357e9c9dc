//! Stores events, as often as they are brought: what is on disk already is passed over by its seq.
//!
//! Workflows are replayed and activities are tried again, so the same events come more than once, in
//! longer and shorter runs, from several workers. The log takes each of them once and in order.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use magone_core::execution::{Event, EventKind, ExecutionView, Pins};
use magone_core::ids::ExecutionId;
use magone_core::interpreter::ObligationId;
use magone_core::ports::{Committed, LiveRuns, RunStore, StartRun, StoreError};
use magone_core::record;
use magone_core::speech::Speech;
use magone_core::workflow::program::Program;
use tokio::sync::Mutex as Turn;

use crate::wire::Owner;

/// Projections that are kept beside the runs that are being written.
const KEPT: usize = 4_096;

/// The projection as it is on disk, and whose turn it is to write.
type Place = Arc<Turn<Option<ExecutionView>>>;

/// Stores events and tells those who watch.
pub struct Recorder {
    store: Arc<dyn RunStore>,
    live: Arc<dyn LiveRuns>,
    mint: fn() -> u128,
    places: Mutex<HashMap<ExecutionId, Place>>,
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").finish_non_exhaustive()
    }
}

impl Recorder {
    /// `mint` makes the bits of a fresh UUIDv7.
    #[must_use]
    pub fn new(store: Arc<dyn RunStore>, live: Arc<dyn LiveRuns>, mint: fn() -> u128) -> Self {
        Self { store, live, mint, places: Mutex::default() }
    }

    /// The run as it is stored.
    pub(crate) async fn stored_as(&self, id: &ExecutionId) -> Result<Option<String>, StoreError> {
        Ok(self.store.stored(id).await?.and_then(|run| run.temporal_workflow_id))
    }

    /// Whether the log says that the run is to stop, or has ended.
    pub(crate) async fn is_stopping(&self, id: &ExecutionId) -> Result<bool, StoreError> {
        let Some(run) = self.store.stored(id).await? else { return Ok(false) };
        let stops =
            |kind: &EventKind| kind.is_terminal() || matches!(kind, EventKind::ExecutionCancelling { .. });
        Ok(run.log.iter().any(|event| stops(&event.kind)))
    }

    /// The program of these versions.
    pub(crate) async fn program(&self, pins: &Pins) -> Result<Arc<Program>, StoreError> {
        self.store.program(pins).await
    }

    /// Those of this process who watch the run hear what a model says for this activity.
    pub(crate) fn listening(&self, id: &ExecutionId, idempotency_key: &str) -> Speech {
        let obligation = ObligationId::of_key(idempotency_key);
        obligation.map(|obligation| Speech::to(&self.live, id, &obligation)).unwrap_or_default()
    }

    /// Keeps the key that a run is asked for with, before anybody can start the run.
    pub(crate) async fn claim(&self, start: &StartRun) -> Result<(), StoreError> {
        match &start.claim {
            Some(claim) => self.store.claim(&start.tenant_id, &start.execution_id, claim).await,
            None => Ok(()),
        }
    }

    /// Stores those of the events that are not on disk. When it resolves with `Ok`, all are.
    ///
    /// # Errors
    /// What the database says; [`StoreError::Internal`] where events before these are missing.
    pub(crate) async fn record(&self, owner: &Owner, events: &[Event]) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        let place = self.place(&owner.run.execution_id);
        let mut turn = place.lock().await;
        let mut outcome = self.store_new(owner, events, turn.take()).await;
        if matches!(outcome, Err(StoreError::Conflict(_))) {
            // Another worker was faster: what it wrote is read, and the rest written.
            outcome = self.store_new(owner, events, None).await;
        }
        let view = outcome?;
        if view.state.is_terminal() {
            self.places().remove(&owner.run.execution_id);
        }
        *turn = Some(view);
        Ok(())
    }

    async fn store_new(
        &self,
        owner: &Owner,
        events: &[Event],
        known: Option<ExecutionView>,
    ) -> Result<ExecutionView, StoreError> {
        let id = &owner.run.execution_id;
        let view = match known {
            Some(view) => Some(view),
            None => self.store.stored(id).await?.and_then(|run| ExecutionView::fold(id.clone(), &run.log)),
        };
        let last_seq = view.as_ref().map_or(0, |view| view.last_seq);
        let new: Arc<[Event]> = events.iter().filter(|event| event.seq > last_seq).cloned().collect();
        let Some(first) = new.first() else {
            // Nothing new means that there are old ones.
            return view.ok_or_else(|| StoreError::Internal(format!("{id} has no log")));
        };
        if first.seq != last_seq.saturating_add(1) {
            return Err(StoreError::Internal(format!(
                "the log of {id} ends with {last_seq}, and goes on with {}",
                first.seq
            )));
        }
        let before = view.as_ref().map(|view| view.state);
        let mut after = view.unwrap_or_else(|| ExecutionView::new(id.clone(), first.time));
        new.iter().for_each(|event| after.apply(event));
        let mut write = match before {
            Some(before) => record::further(&owner.run, before, &after, Arc::clone(&new)),
            None => {
                let name = Some(owner.temporal_workflow_id.clone());
                let workflow = owner.tenant_workflow_id.clone();
                record::first(&owner.run, workflow, name, &after, Arc::clone(&new))
                    .ok_or_else(|| StoreError::Internal(format!("the log of {id} has no beginning")))?
            }
        };
        write.outbox = record::outbox(&owner.run, &after, &new, self.mint);
        self.store.commit(write).await?;
        self.live.committed(Committed {
            execution_id: id.clone(),
            tenant_id: owner.run.tenant_id.clone(),
            events: new,
            view: Arc::new(after.clone()),
        });
        Ok(after)
    }

    fn place(&self, id: &ExecutionId) -> Place {
        let mut places = self.places();
        if places.len() >= KEPT {
            // Whoever is being written keeps its place; the others are read again.
            places.retain(|_, place| Arc::strong_count(place) > 1);
        }
        Arc::clone(places.entry(id.clone()).or_default())
    }

    fn places(&self) -> std::sync::MutexGuard<'_, HashMap<ExecutionId, Place>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "recorder_test.rs"]
mod tests;
