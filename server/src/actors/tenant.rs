//! The actor of one tenant: its runs in flight, and (with the limits) what it may start.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use actix::prelude::*;
use magone_core::execution::ExecutionView;
use magone_core::ids::{ExecutionId, TenantId};
use serde::Serialize;

use super::tenants::TenantDirectory;

/// A tenant without runs and requests passivates after this time.
const IDLE: Duration = Duration::from_secs(300);
/// How often the actor looks whether it is idle.
const LOOK: Duration = Duration::from_secs(60);

/// What an admin sees of the actor.
#[derive(Clone, Debug, Serialize)]
pub struct TenantSnapshot {
    /// The tenant.
    pub tenant_id: TenantId,
    /// Its runs in flight here.
    pub in_flight: u32,
    /// Runs that ended here since the actor began.
    pub ended: u64,
}

/// What the actor shares with its handles: plain data under a short lock.
#[derive(Debug)]
pub(super) struct Shared {
    in_flight: BTreeSet<ExecutionId>,
    ended: u64,
    used_at: Instant,
}

impl Shared {
    fn new() -> Self {
        Self { in_flight: BTreeSet::new(), ended: 0, used_at: Instant::now() }
    }

    fn run_changed(&mut self, view: &ExecutionView) {
        self.used_at = Instant::now();
        if !view.state.is_terminal() {
            self.in_flight.insert(view.execution_id.clone());
        } else {
            self.in_flight.remove(&view.execution_id);
            self.ended = self.ended.saturating_add(1);
        }
    }

    fn is_idle(&self, now: Instant) -> bool {
        self.in_flight.is_empty() && now.saturating_duration_since(self.used_at) >= IDLE
    }
}

/// What callers hold of a tenant's actor. Cheap to clone.
#[derive(Clone, Debug)]
pub struct TenantHandle {
    tenant_id: TenantId,
    shared: Arc<Mutex<Shared>>,
    actor: Addr<TenantActor>,
}

impl TenantHandle {
    pub(super) fn launch(tenant_id: TenantId, directory: TenantDirectory, arbiter: &ArbiterHandle) -> Self {
        let shared = Arc::new(Mutex::new(Shared::new()));
        let state = (tenant_id.clone(), Arc::clone(&shared));
        let actor = TenantActor::start_in_arbiter(arbiter, move |_| TenantActor {
            tenant_id: state.0,
            shared: state.1,
            directory,
        });
        Self { tenant_id, shared, actor }
    }

    /// A run of the tenant began, went on or ended.
    pub(super) fn run_changed(&self, view: &ExecutionView) {
        lock(&self.shared).run_changed(view);
    }

    /// Somebody used the tenant: it does not passivate for a while.
    pub(super) fn used(&self) {
        lock(&self.shared).used_at = Instant::now();
    }

    pub(super) fn is_idle(&self) -> bool {
        lock(&self.shared).is_idle(Instant::now())
    }

    pub(super) fn passivate(&self) {
        self.actor.do_send(Passivate);
    }

    /// What the tenant looks like right now.
    #[must_use]
    pub fn observe(&self) -> TenantSnapshot {
        let shared = lock(&self.shared);
        TenantSnapshot {
            tenant_id: self.tenant_id.clone(),
            in_flight: u32::try_from(shared.in_flight.len()).unwrap_or(u32::MAX),
            ended: shared.ended,
        }
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) struct TenantActor {
    tenant_id: TenantId,
    shared: Arc<Mutex<Shared>>,
    directory: TenantDirectory,
}

impl Actor for TenantActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(LOOK, |actor, _| {
            if lock(&actor.shared).is_idle(Instant::now()) {
                actor.directory.let_go(&actor.tenant_id);
            }
        });
    }
}

/// The directory let go of the actor.
#[derive(Message)]
#[rtype(result = "()")]
struct Passivate;

impl Handler<Passivate> for TenantActor {
    type Result = ();

    fn handle(&mut self, _: Passivate, ctx: &mut Self::Context) {
        ctx.stop();
    }
}
