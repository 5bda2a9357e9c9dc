//! The engine's front: starting, cancelling, shutting down.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use magone_core::execution::{Decision, Event, ExecutionView, Pins};
use magone_core::ids::{ExecutionId, TenantWorkflowId};
use magone_core::interpreter::{Input, Phase, Start, State, transition};
use magone_core::limit::Shares;
use magone_core::ports::{
    Activities, BoxFuture, Committed, Engine, EngineError, LiveRuns, RunStore, StartRun, StoreError,
};
use magone_core::record::{self, Run};
use magone_core::time::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::breakpoint::{Breakpoints, Point};
use crate::doubt::Doubts;
use crate::places::{Place, Places, waits};
use crate::runner::{Command, Runner};

/// Commands that may wait for one run.
const COMMANDS: usize = 8;

/// What the engine works with.
pub struct Parts {
    /// Where runs are kept.
    pub store: Arc<dyn RunStore>,
    /// Who does activities.
    pub activities: Arc<dyn Activities>,
    /// Who watches.
    pub live: Arc<dyn LiveRuns>,
    /// Who knows what part each tenant has of what is to be shared.
    pub shares: Arc<dyn Shares>,
    /// Runs that do something at a time, whosever they are.
    pub places: u32,
    /// The clock.
    pub now: fn() -> Timestamp,
    /// The bits of a fresh UUIDv7.
    pub mint: fn() -> u128,
    /// Where a test lets the process die.
    pub breakpoints: Breakpoints,
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").finish_non_exhaustive()
    }
}

pub(crate) struct Shared {
    pub store: Arc<dyn RunStore>,
    pub activities: Arc<dyn Activities>,
    pub live: Arc<dyn LiveRuns>,
    pub now: fn() -> Timestamp,
    pub mint: fn() -> u128,
    pub breakpoints: Breakpoints,
    /// No new runs; runs that have nothing under way stop.
    pub draining: CancellationToken,
    /// Activities under way are stopped.
    pub stop_activities: CancellationToken,
    runs: Mutex<HashMap<ExecutionId, mpsc::Sender<Command>>>,
    /// Runs started here while recovery still reads the store: they are not to be found twice.
    fresh: Mutex<Option<HashSet<ExecutionId>>>,
    pub doubts: Doubts,
    pub places: Arc<Places>,
    tracker: TaskTracker,
}

impl Shared {
    fn fresh(&self) -> MutexGuard<'_, Option<HashSet<ExecutionId>>> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_fresh(&self, id: &ExecutionId) -> bool {
        self.fresh().as_ref().is_some_and(|fresh| fresh.contains(id))
    }

    pub(crate) fn recovered(&self) {
        *self.fresh() = None;
    }

    fn runs(&self) -> MutexGuard<'_, HashMap<ExecutionId, mpsc::Sender<Command>>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn forget(&self, id: &ExecutionId) {
        self.runs().remove(id);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.is_cancelled()
    }

    pub(crate) fn is_in_flight(&self, id: &ExecutionId) -> bool {
        self.runs().contains_key(id)
    }

    /// Puts a run into flight that was found in the store.
    pub(crate) fn launch(self: &Arc<Self>, flight: Flight) {
        let place = self.place_again(&flight);
        self.launch_at(flight, place);
    }

    fn launch_at(self: &Arc<Self>, flight: Flight, place: Place) {
        let runner = self.board(flight, place);
        self.spawn(runner.drive(None));
        self.keep_places();
    }

    /// A run that can be asked to stop from now on, and is to be driven.
    pub(crate) fn board(self: &Arc<Self>, flight: Flight, mut place: Place) -> Runner {
        let (sender, commands) = mpsc::channel(COMMANDS);
        self.runs().insert(flight.run.execution_id.clone(), sender);
        place.set_busy(!waits(flight.view.state));
        Runner { shared: Arc::clone(self), flight, commands, place }
    }

    /// The place of a run that was found in the store: where it had one, it has it again.
    pub(crate) fn place_again(&self, flight: &Flight) -> Place {
        let (tenant, id) = (&flight.run.tenant_id, &flight.run.execution_id);
        match (flight.state.parent(), flight.state.phase()) {
            (Some(_), _) => Place::of_parent(),
            (None, Phase::Queued) => self.places.enter(tenant, id),
            (None, _) => self.places.resume(tenant, id),
        }
    }

    /// Starts a run. After [`StoreError::Unavailable`] nobody knows whether it was written.
    pub(crate) async fn begin(self: &Arc<Self>, start: StartRun) -> Result<(), EngineError> {
        if self.is_draining() {
            return Err(EngineError::Draining);
        }
        let run = Run {
            execution_id: start.execution_id.clone(),
            tenant_id: start.tenant_id.clone(),
            webhook_url: start.webhook_url.clone(),
            scripted: start.pins.scripted,
        };
        // A run is as old as its id says: lists are in the order of ids, and are asked for by time.
        let now = start.execution_id.made_at().unwrap_or_else(self.now);
        let mut state = State::new(start.execution_id.clone(), Arc::clone(&start.program));
        let place = match start.parent {
            Some(_) => Place::of_parent(),
            None => self.places.enter(&run.tenant_id, &run.execution_id),
        };
        let input = first_input(&start, place.is_waiting());
        let events: Arc<[Event]> = transition(&mut state, input, now).into();
        let mut view = ExecutionView::new(run.execution_id.clone(), now);
        events.iter().for_each(|event| view.apply(event));
        let tenant_workflow_id = start.tenant_workflow_id.clone();
        let mut write = record::first(&run, tenant_workflow_id.clone(), None, &view, Arc::clone(&events))
            .ok_or_else(|| StoreError::Internal("a run did not begin with its creation".to_owned()))?;
        let ended = state.phase() == Phase::Ended;
        write.outbox = record::outbox(&run, &view, &events, self.mint);
        write.claim = start.claim.clone();
        if let Some(fresh) = self.fresh().as_mut() {
            fresh.insert(run.execution_id.clone());
        }
        self.breakpoints.reach(Point::BeforeFirstCommit);
        self.store.commit(write).await?;
        self.breakpoints.reach(Point::AfterFirstCommit);
        let (execution_id, tenant_id) = (run.execution_id.clone(), run.tenant_id.clone());
        self.live.committed(Committed { execution_id, tenant_id, events, view: Arc::new(view.clone()) });
        if !ended {
            self.launch_at(Flight { run, tenant_workflow_id, pins: start.pins, state, view }, place);
        }
        Ok(())
    }

    /// Asks a run in flight to stop; when it resolves with `Ok`, the wish is on disk.
    pub(crate) async fn cancel(&self, id: &ExecutionId, reason: Option<String>) -> Result<(), EngineError> {
        let sender = self.runs().get(id).cloned().ok_or(EngineError::NotInFlight)?;
        let (done, noted) = oneshot::channel();
        sender.send(Command::Cancel { reason, done }).await.map_err(|_| EngineError::NotInFlight)?;
        noted.await.map_err(|_| EngineError::NotInFlight)
    }

    /// Work that a shutdown waits for.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn(work);
    }
}

/// A run that is driven.
pub(crate) struct Flight {
    pub run: Run,
    pub tenant_workflow_id: TenantWorkflowId,
    pub pins: Pins,
    pub state: State,
    pub view: ExecutionView,
}

/// The embedded engine. Cheap to clone; must be used inside the tokio runtime that drives it.
#[derive(Clone)]
pub struct EmbeddedEngine {
    pub(crate) shared: Arc<Shared>,
}

impl fmt::Debug for EmbeddedEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedEngine").field("in_flight", &self.in_flight()).finish_non_exhaustive()
    }
}

impl EmbeddedEngine {
    /// An engine with nothing in flight; call [`EmbeddedEngine::recover`] once, at any time after.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts { store, activities, live, shares, places, now, mint, breakpoints } = parts;
        let shared = Shared {
            store,
            activities,
            live,
            now,
            mint,
            breakpoints,
            draining: CancellationToken::new(),
            stop_activities: CancellationToken::new(),
            runs: Mutex::default(),
            fresh: Mutex::new(Some(HashSet::new())),
            doubts: Doubts::default(),
            places: Places::new(shares, places),
            tracker: TaskTracker::new(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Runs in flight here.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.shared.runs().len()
    }

    /// Refuses new runs, lets those that have activities under way go on for at most `grace`, then
    /// stops the activities and notes it in the log. When it returns, everything is on disk and the
    /// next start goes on from there.
    pub async fn drain(&self, grace: Duration) {
        self.shared.draining.cancel();
        self.shared.tracker.close();
        if tokio::time::timeout(grace, self.shared.tracker.wait()).await.is_err() {
            self.shared.stop_activities.cancel();
            self.shared.tracker.wait().await;
        }
    }

    async fn begin(&self, start: StartRun) -> Result<(), EngineError> {
        let id = start.execution_id.clone();
        let begun = self.shared.begin(start).await;
        if matches!(begun, Err(EngineError::Store(StoreError::Unavailable(_)))) {
            self.shared.doubt(id);
        }
        begun
    }

    async fn hand_in(
        &self,
        id: ExecutionId,
        approval: String,
        decision: Decision,
    ) -> Result<(), EngineError> {
        let sender = self.shared.runs().get(&id).cloned().ok_or(EngineError::NotInFlight)?;
        let (done, noted) = oneshot::channel();
        let command = Command::Decide { approval, decision: Box::new(decision), done };
        sender.send(command).await.map_err(|_| EngineError::NotInFlight)?;
        Ok(noted.await.map_err(|_| EngineError::NotInFlight)??)
    }
}

fn first_input(start: &StartRun, waits: bool) -> Input {
    let first = Box::new(Start {
        workflow_slug: start.workflow_slug.clone(),
        input: start.input.clone(),
        context: start.context.clone(),
        session_id: start.session_id.clone(),
        pins: start.pins.clone(),
        parent: start.parent.clone(),
        retry: start.retry.clone(),
    });
    if waits { Input::Queue(first) } else { Input::Start(first) }
}

impl Engine for EmbeddedEngine {
    fn start(&self, run: StartRun) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(self.begin(run))
    }

    fn cancel(&self, id: ExecutionId, reason: Option<String>) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(async move { self.shared.cancel(&id, reason).await })
    }

    fn carries(&self, id: &ExecutionId) -> bool {
        self.shared.is_in_flight(id)
    }

    fn decide(
        &self,
        id: ExecutionId,
        approval: String,
        decision: Decision,
    ) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(self.hand_in(id, approval, decision))
    }
}
