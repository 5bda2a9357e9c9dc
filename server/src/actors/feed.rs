//! What lists watch: every run whose projection changed.

use std::sync::Arc;

use magone_core::execution::ExecutionView;
use magone_core::ids::TenantId;
use tokio::sync::broadcast;

/// Updates that a list may lag behind before it has to read its page again.
const LAG: usize = 1_024;

/// A run's projection changed.
#[derive(Clone, Debug)]
pub struct RowUpdate {
    /// The run's tenant.
    pub tenant_id: TenantId,
    /// The projection.
    pub view: Arc<ExecutionView>,
}

/// Where updates go.
#[derive(Clone, Debug)]
pub struct Feed {
    sender: broadcast::Sender<RowUpdate>,
}

impl Default for Feed {
    fn default() -> Self {
        Self { sender: broadcast::channel(LAG).0 }
    }
}

impl Feed {
    /// Tells whoever watches.
    pub(super) fn tell(&self, update: RowUpdate) {
        // Nobody watching is no error.
        let _ = self.sender.send(update);
    }

    /// All updates from now on.
    #[must_use]
    pub fn watch(&self) -> broadcast::Receiver<RowUpdate> {
        self.sender.subscribe()
    }
}
