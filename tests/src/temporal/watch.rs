//! Who watches the runs of a test.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use magone_core::execution::ExecutionView;
use magone_core::ids::ExecutionId;
use magone_core::ports::{BoxFuture, Committed, LiveRuns};

/// Keeps what was told, and asserts that it was told once and in order.
#[derive(Clone, Default)]
pub(super) struct Watch {
    seen: Arc<Mutex<HashMap<ExecutionId, Arc<ExecutionView>>>>,
}

impl LiveRuns for Watch {
    fn committed(&self, batch: Committed) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let before = seen.get(&batch.execution_id).map_or(0, |view| view.last_seq);
        let first = batch.events.first().map(|event| event.seq);
        assert_eq!(first, Some(before + 1), "{} was told twice or not in order", batch.execution_id);
        seen.insert(batch.execution_id, batch.view);
    }

    fn view(&self, execution_id: &ExecutionId) -> Option<ExecutionView> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(execution_id).map(|view| (**view).clone())
    }

    fn ending(&self, _execution_id: &ExecutionId) -> BoxFuture<'static, ExecutionView> {
        Box::pin(std::future::pending())
    }
}
