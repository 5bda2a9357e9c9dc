//! The actor of one tenant: it owns what the tenant may use and what it used, shows it, and goes when
//! nobody needs it. What is to be decided is decided in the handle, on the state that both share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix::prelude::*;
use magone_core::execution::ExecutionView;
use magone_core::ids::TenantId;
use magone_core::tenant::Tenant;
use serde::Serialize;

use super::limits::Limits;
use super::tenants::TenantDirectory;
use crate::clock;

/// When a tenant without runs and requests passivates.
#[derive(Clone, Copy, Debug)]
pub struct Idle(pub Duration);

impl Idle {
    /// How often an actor looks whether it is idle.
    fn look(self) -> Duration {
        self.0 / 5
    }

    fn millis(self) -> u64 {
        u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX)
    }
}

/// What an admin sees of the actor.
#[derive(Clone, Debug, Serialize)]
pub struct TenantSnapshot {
    /// The tenant.
    pub tenant_id: TenantId,
    /// Its runs that did not end.
    pub in_flight: u32,
    /// Runs that ended here since the actor began.
    pub ended: u64,
}

/// What the actor shares with its handles: plain data under a short lock.
#[derive(Debug)]
struct Shared {
    limits: Limits,
    ended: u64,
    /// By the steady clock.
    used_at: u64,
}

impl Shared {
    fn is_idle(&self, idle: Idle, now: u64) -> bool {
        now.saturating_sub(self.used_at) >= idle.millis() && self.limits.is_at_rest(now)
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
        let shared = Shared { limits: Limits::default(), ended: 0, used_at: clock::steady() };
        let shared = Arc::new(Mutex::new(shared));
        let state = (tenant_id.clone(), Arc::clone(&shared));
        let actor = TenantActor::start_in_arbiter(arbiter, move |_| TenantActor {
            tenant_id: state.0,
            shared: state.1,
            directory,
        });
        Self { tenant_id, shared, actor }
    }

    /// Decides on what the tenant may use; it does not passivate for a while. `now` is of the steady
    /// clock.
    pub(super) fn with<T>(&self, decide: impl FnOnce(&mut Limits, u64) -> T) -> T {
        let mut shared = lock(&self.shared);
        let now = clock::steady();
        shared.used_at = now;
        decide(&mut shared.limits, now)
    }

    /// Looks, which is no use.
    pub(super) fn peek<T>(&self, look: impl FnOnce(&Limits) -> T) -> T {
        look(&lock(&self.shared).limits)
    }

    /// The same as [`Self::with`] on the tenant's row as it is by now.
    pub(super) fn of<T>(&self, tenant: &Tenant, decide: impl FnOnce(&mut Limits, u64) -> T) -> T {
        self.with(|limits, now| {
            let ignored = limits.adopt(tenant);
            if !ignored.is_empty() {
                let settings = ignored.join(", ");
                tracing::warn!(tenant.id = %tenant.id, %settings, "settings are not what they have to be");
            }
            decide(limits, now)
        })
    }

    /// A run of the tenant began, went on or ended.
    pub(super) fn run_changed(&self, view: &ExecutionView) {
        let mut shared = lock(&self.shared);
        shared.limits.run_changed(view);
        shared.ended = shared.ended.saturating_add(u64::from(view.state.is_terminal()));
        shared.used_at = clock::steady();
    }

    pub(super) fn is_idle(&self, idle: Idle) -> bool {
        lock(&self.shared).is_idle(idle, clock::steady())
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
            in_flight: u32::try_from(shared.limits.open()).unwrap_or(u32::MAX),
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
        let idle = self.directory.idle();
        ctx.run_interval(idle.look(), move |actor, _| {
            if lock(&actor.shared).is_idle(idle, clock::steady()) {
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
