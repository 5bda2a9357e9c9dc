//! Who watches the runs of a test.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use magone_core::execution::ExecutionView;
use magone_core::ids::ExecutionId;
use magone_core::ports::{BoxFuture, Committed, LiveRuns};
use tokio::sync::Notify;

/// Keeps what was told, and asserts that it was told once and in order.
#[derive(Clone, Default)]
pub(super) struct Watch {
    seen: Arc<Mutex<HashMap<ExecutionId, Arc<ExecutionView>>>>,
    ended: Arc<Notify>,
}

impl LiveRuns for Watch {
    fn committed(&self, batch: Committed) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let before = seen.get(&batch.execution_id).map_or(0, |view| view.last_seq);
        let first = batch.events.first().map(|event| event.seq);
        assert_eq!(first, Some(before + 1), "{} was told twice or not in order", batch.execution_id);
        seen.insert(batch.execution_id, batch.view);
        self.ended.notify_waiters();
    }

    fn view(&self, execution_id: &ExecutionId) -> Option<ExecutionView> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(execution_id).map(|view| (**view).clone())
    }

    fn ending(&self, execution_id: &ExecutionId) -> BoxFuture<'static, ExecutionView> {
        let (watch, id) = (self.clone(), execution_id.clone());
        Box::pin(async move {
            loop {
                // Registered before it is looked: what ends in between is not missed.
                let mut news = std::pin::pin!(watch.ended.notified());
                news.as_mut().enable();
                if let Some(view) = watch.view(&id).filter(|view| view.state.is_terminal()) {
                    return view;
                }
                news.await;
            }
        })
    }
}
