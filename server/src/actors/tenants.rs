//! Which tenants are in use, and their actors.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use magone_core::execution::ExecutionView;
use magone_core::ids::{ExecutionId, TenantId};
use magone_core::limit::{
    Allowance, Figures, KeyRate, OpenRun, Policy, RateStanding, Refused, Share, Shares, Standing, StartAsk,
    Tenants,
};
use magone_core::tenant::Tenant;
use magone_core::time::Timestamp;

use super::arbiters::Arbiters;
use super::limits::Limits;
use super::tenant::{Idle, TenantHandle, TenantSnapshot};
use crate::metrics;

struct Inner {
    tenants: Mutex<HashMap<TenantId, TenantHandle>>,
    arbiters: Arc<Arbiters>,
    idle: Idle,
}

/// The tenants in use. Cheap to clone.
#[derive(Clone)]
pub struct TenantDirectory {
    inner: Arc<Inner>,
}

impl fmt::Debug for TenantDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantDirectory").field("in_use", &self.tenants().len()).finish()
    }
}

impl TenantDirectory {
    /// An empty directory, whose tenants go when they are idle.
    #[must_use]
    pub fn new(arbiters: Arc<Arbiters>, idle: Idle) -> Self {
        Self { inner: Arc::new(Inner { tenants: Mutex::default(), arbiters, idle }) }
    }

    pub(super) fn idle(&self) -> Idle {
        self.inner.idle
    }

    fn tenants(&self) -> MutexGuard<'_, HashMap<TenantId, TenantHandle>> {
        self.inner.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with the tenant's handle; its actor begins with the first one. The directory is
    /// held meanwhile, so that the actor cannot be let go in between.
    fn with<T>(&self, id: &TenantId, work: impl FnOnce(&TenantHandle) -> T) -> T {
        let mut tenants = self.tenants();
        if let Some(handle) = tenants.get(id) {
            return work(handle);
        }
        let arbiter = self.inner.arbiters.of(id.as_str());
        let handle = TenantHandle::launch(id.clone(), self.clone(), &arbiter);
        let done = work(&handle);
        tenants.insert(id.clone(), handle);
        done
    }

    fn decide<T>(&self, tenant: &Tenant, decide: impl FnOnce(&mut Limits, u64) -> T) -> T {
        self.with(&tenant.id, |handle| handle.of(tenant, decide))
    }

    pub(super) fn run_changed(&self, id: &TenantId, view: &ExecutionView) {
        self.with(id, |handle| handle.run_changed(view));
    }

    /// Lets an idle tenant go; whoever used it in between keeps it.
    pub(super) fn let_go(&self, id: &TenantId) {
        let mut tenants = self.tenants();
        if tenants.get(id).is_some_and(|handle| handle.is_idle(self.inner.idle))
            && let Some(handle) = tenants.remove(id)
        {
            handle.passivate();
            // What a hundred thousand tenants needed once is not kept for ten.
            if tenants.capacity() > 1_024 && tenants.len() < tenants.capacity() / 4 {
                tenants.shrink_to_fit();
            }
        }
    }

    /// How many tenants are in use.
    #[must_use]
    pub fn in_use(&self) -> usize {
        self.tenants().len()
    }

    /// What every tenant in use looks like, in the order of their ids.
    #[must_use]
    pub fn observe(&self) -> Vec<TenantSnapshot> {
        let mut all: Vec<_> = self.tenants().values().map(TenantHandle::observe).collect();
        all.sort_by(|a, b| a.tenant_id.cmp(&b.tenant_id));
        all
    }
}

impl Tenants for TenantDirectory {
    fn read(&self, tenant: &Tenant) -> Result<(), Refused> {
        let decided = self.decide(tenant, Limits::read);
        metrics::limiter_decided(Policy::Reads.name(), decided.is_ok());
        decided
    }

    fn unread(&self, tenant: &Tenant) {
        self.decide(tenant, |limits, _| limits.unread());
    }

    fn knows(&self, tenant: &TenantId, at: Timestamp) -> bool {
        self.with(tenant, |handle| handle.with(|limits, _| limits.knows(at)))
    }

    fn learn(&self, tenant: &TenantId, figures: Figures) {
        self.with(tenant, |handle| handle.with(|limits, _| limits.learn(figures)));
    }

    fn resume(&self, tenant: &Tenant, runs: Vec<OpenRun>) {
        self.decide(tenant, |limits, _| limits.resume(runs));
    }

    fn start(&self, ask: StartAsk<'_>) -> Result<(), Refused> {
        let decided = self.decide(ask.tenant, |limits, now| limits.start(&ask, now));
        let policy = decided.as_ref().map_or_else(Refused::name, |()| Policy::Starts.name());
        metrics::limiter_decided(policy, decided.is_ok());
        decided
    }

    fn withdraw(&self, tenant: &TenantId, execution_id: &ExecutionId) {
        self.with(tenant, |handle| handle.with(|limits, _| limits.withdraw(execution_id)));
    }

    fn unstart(&self, tenant: &Tenant, key: Option<KeyRate<'_>>, workflow: &str) {
        self.decide(tenant, |limits, _| limits.unstart(key, workflow));
    }

    fn waiting(&self) -> Vec<TenantId> {
        let tenants = self.tenants();
        let waits = |handle: &TenantHandle| handle.peek(Limits::has_waiting);
        tenants.iter().filter(|(_, handle)| waits(handle)).map(|(id, _)| id.clone()).collect()
    }

    fn changed(&self, tenant: &Tenant) {
        self.decide(tenant, |_, _| ());
    }

    fn rates(&self, tenant: &Tenant, key: Option<KeyRate<'_>>, workflow: Option<&str>) -> Vec<RateStanding> {
        self.decide(tenant, |limits, now| limits.rates(key, workflow, now))
    }

    fn standing(&self, tenant: &Tenant, key: Option<KeyRate<'_>>, at: Timestamp) -> Standing {
        self.decide(tenant, |limits, now| limits.standing(key, at, now))
    }
}

impl Shares for TenantDirectory {
    fn share(&self, tenant: &TenantId) -> Share {
        let tenants = self.tenants();
        let found = tenants.get(tenant).map(|handle| handle.peek(|limits| limits.allowance().share));
        found.unwrap_or_else(|| Allowance::default().share)
    }
}
