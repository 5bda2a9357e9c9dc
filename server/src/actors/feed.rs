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
    /// Tells whoever watches. Children are in no list.
    pub(super) fn tell(&self, update: RowUpdate) {
        if !update.view.is_child() {
            // Nobody watching is no error.
            let _ = self.sender.send(update);
        }
    }

    /// All updates from now on.
    #[must_use]
    pub fn watch(&self) -> broadcast::Receiver<RowUpdate> {
        self.sender.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use magone_core::execution::Event;
    use magone_core::ids::ExecutionId;
    use serde_json::{Value, json};

    use super::*;

    fn update(id: &str, parent: Value) -> RowUpdate {
        let created: Event = serde_json::from_value(json!({
            "seq": 1, "time": "2026-01-01T00:00:00Z", "type": "execution.created", "data": {
                "workflow_slug": "w", "input": "x", "context": {}, "session_id": null, "steps_total": 1,
                "pins": {"definition": "w", "version": 1, "agents": []}, "interpreter_version": 1,
                "result_mode": "raw", "parent": parent,
            },
        }))
        .unwrap();
        let view = ExecutionView::fold(ExecutionId::from_text(id), [&created]).unwrap();
        RowUpdate { tenant_id: TenantId::from_text("ten_1"), view: Arc::new(view) }
    }

    #[test]
    fn lists_are_told_of_runs_and_not_of_their_children() {
        let feed = Feed::default();
        let mut watch = feed.watch();
        let parent =
            json!({"execution_id": "exec_run", "step": "sub", "depth": 1, "budget": {"max_steps": 1}});
        feed.tell(update("exec_child", parent));
        feed.tell(update("exec_run", Value::Null));
        assert_eq!(watch.try_recv().unwrap().view.execution_id.as_str(), "exec_run");
        assert!(watch.try_recv().is_err());
    }
}
