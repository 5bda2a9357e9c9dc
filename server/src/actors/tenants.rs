//! Which tenants are in use, and their actors.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use magone_core::execution::ExecutionView;
use magone_core::ids::TenantId;

use super::arbiters::Arbiters;
use super::tenant::{TenantHandle, TenantSnapshot};

struct Inner {
    tenants: Mutex<HashMap<TenantId, TenantHandle>>,
    arbiters: Arc<Arbiters>,
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
    /// An empty directory.
    #[must_use]
    pub fn new(arbiters: Arc<Arbiters>) -> Self {
        Self { inner: Arc::new(Inner { tenants: Mutex::default(), arbiters }) }
    }

    fn tenants(&self) -> MutexGuard<'_, HashMap<TenantId, TenantHandle>> {
        self.inner.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The tenant's handle; its actor begins with the first one.
    pub fn handle(&self, id: &TenantId) -> TenantHandle {
        let mut tenants = self.tenants();
        if let Some(handle) = tenants.get(id) {
            handle.used();
            return handle.clone();
        }
        let arbiter = self.inner.arbiters.of(id.as_str());
        let handle = TenantHandle::launch(id.clone(), self.clone(), &arbiter);
        tenants.insert(id.clone(), handle.clone());
        handle
    }

    pub(super) fn run_changed(&self, id: &TenantId, view: &ExecutionView) {
        self.handle(id).run_changed(view);
    }

    /// Lets an idle tenant go; whoever used it in between keeps it.
    pub(super) fn let_go(&self, id: &TenantId) {
        let mut tenants = self.tenants();
        if tenants.get(id).is_some_and(TenantHandle::is_idle)
            && let Some(handle) = tenants.remove(id)
        {
            handle.passivate();
        }
    }

    /// What every tenant in use looks like, in the order of their ids.
    #[must_use]
    pub fn observe(&self) -> Vec<TenantSnapshot> {
        let mut all: Vec<_> = self.tenants().values().map(TenantHandle::observe).collect();
        all.sort_by(|a, b| a.tenant_id.cmp(&b.tenant_id));
        all
    }
}
