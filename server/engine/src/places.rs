//! Places for runs: who may do something now, and who waits for a turn. What is fair is decided in
//! core; here are the tasks that wait.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use magone_core::execution::RunState;
use magone_core::ids::{ExecutionId, TenantId};
use magone_core::limit::{FairQueue, Shares};
use tokio::sync::oneshot;

use crate::embedded::Shared;

/// How often tenants' shares are looked at while runs wait: who may do more is noticed although none of
/// its runs ends.
const LOOK: Duration = Duration::from_millis(500);

/// Whether a run in that state does nothing but wait for a time or for somebody.
pub(crate) fn waits(state: RunState) -> bool {
    matches!(state, RunState::WaitingTimer | RunState::WaitingApproval)
}

struct State {
    queue: FairQueue,
    waiting: HashMap<ExecutionId, oneshot::Sender<()>>,
    /// Whether somebody looks at the shares.
    kept: bool,
}

impl State {
    fn serve(&mut self) {
        while let Some(run) = self.queue.serve() {
            // Whoever waits is here until it is served or withdraws.
            if let Some(waiting) = self.waiting.remove(&run) {
                let _ = waiting.send(());
            }
        }
    }
}

/// All places, and who waits for one.
pub(crate) struct Places {
    shares: Arc<dyn Shares>,
    state: Mutex<State>,
}

impl Places {
    /// With so many places for runs that do something.
    pub(crate) fn new(shares: Arc<dyn Shares>, most: u32) -> Arc<Self> {
        let state = State { queue: FairQueue::new(most), waiting: HashMap::new(), kept: false };
        Arc::new(Self { shares, state: Mutex::new(state) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a run of the tenant, or a place in the queue.
    pub(crate) fn enter(self: &Arc<Self>, tenant: &TenantId, run: &ExecutionId) -> Place {
        let (sender, mut turn) = oneshot::channel();
        let share = self.shares.share(tenant);
        let mut state = self.state();
        state.waiting.insert(run.clone(), sender);
        state.queue.wait(tenant, share, run.clone());
        state.serve();
        let hold = match turn.try_recv() {
            Ok(()) => Hold::Busy,
            Err(_) => Hold::Waiting(turn),
        };
        drop(state);
        self.place(tenant, run, hold)
    }

    /// A place for a run that had one before the process began.
    pub(crate) fn resume(self: &Arc<Self>, tenant: &TenantId, run: &ExecutionId) -> Place {
        let share = self.shares.share(tenant);
        self.state().queue.resume(tenant, share);
        self.place(tenant, run, Hold::Busy)
    }

    fn place(self: &Arc<Self>, tenant: &TenantId, run: &ExecutionId, hold: Hold) -> Place {
        let owner = Owner { places: Arc::clone(self), tenant: tenant.clone(), run: run.clone() };
        Place { owner: Some(owner), hold }
    }

    /// Whether runs wait and nobody looks at the shares yet.
    fn wants_keeper(&self) -> bool {
        let mut state = self.state();
        let wanted = !state.kept && state.queue.depth() > 0;
        state.kept |= wanted;
        wanted
    }

    /// Looks at the shares; whether there is anything left to look at.
    fn look(&self) -> bool {
        let waiting = self.state().queue.waiting();
        let found: Vec<_> = waiting.into_iter().map(|id| (self.shares.share(&id), id)).collect();
        let mut state = self.state();
        for (share, id) in found {
            state.queue.reshare(&id, share);
        }
        state.serve();
        state.kept = state.queue.depth() > 0;
        state.kept
    }
}

impl Shared {
    /// Looks at tenants' shares as long as runs wait.
    pub(crate) fn keep_places(self: &Arc<Self>) {
        if self.places.wants_keeper() {
            let shared = Arc::clone(self);
            self.spawn(async move {
                loop {
                    tokio::select! {
                        () = tokio::time::sleep(LOOK) => {}
                        () = shared.draining.cancelled() => return,
                    }
                    if !shared.places.look() {
                        return;
                    }
                }
            });
        }
    }
}

struct Owner {
    places: Arc<Places>,
    tenant: TenantId,
    run: ExecutionId,
}

enum Hold {
    Waiting(oneshot::Receiver<()>),
    Busy,
    /// Held, and for now of no use: the run waits for a time or for somebody.
    Resting,
}

/// A run's place, or its place in the queue. Given back when dropped.
pub(crate) struct Place {
    owner: Option<Owner>,
    hold: Hold,
}

impl Place {
    /// Of a child: it runs in its parent's.
    pub(crate) fn of_parent() -> Self {
        Self { owner: None, hold: Hold::Busy }
    }

    /// Whether the run has to wait for its turn.
    pub(crate) fn is_waiting(&self) -> bool {
        matches!(self.hold, Hold::Waiting(_))
    }

    /// Resolves when it is the run's turn.
    pub(crate) async fn turn(&mut self) {
        if let Hold::Waiting(turn) = &mut self.hold {
            // The sender goes with the place only.
            let _ = turn.await;
            self.hold = Hold::Busy;
        }
    }

    /// The run does something, or waits for a time or for somebody.
    pub(crate) fn set_busy(&mut self, busy: bool) {
        let Some(owner) = &self.owner else { return };
        let mut state = owner.places.state();
        match (&self.hold, busy) {
            (Hold::Busy, false) => {
                self.hold = Hold::Resting;
                state.queue.rest();
                state.serve();
            }
            (Hold::Resting, true) => {
                self.hold = Hold::Busy;
                state.queue.wake();
            }
            _ => {}
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(owner) = &self.owner else { return };
        let mut state = owner.places.state();
        // It may have been served, and not have noticed.
        let waits = state.waiting.remove(&owner.run).is_some();
        match waits {
            true => state.queue.withdraw(&owner.tenant, &owner.run),
            false => state.queue.leave(&owner.tenant, !matches!(self.hold, Hold::Resting)),
        }
        state.serve();
    }
}
