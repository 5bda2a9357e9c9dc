//! The last batches of one run, and whoever waits for the next: the plain part of its actor.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::broadcast;

use super::batch::Batch;

/// Batches that are kept for readers that come late; older ones are in the log.
const KEPT: usize = 32;
/// Batches that a reader may lag behind before it has to read the log again.
const LAG: usize = 64;

/// What readers are told.
#[derive(Clone, Debug)]
pub enum Told {
    /// Events of the log.
    Batch(Arc<Batch>),
    /// What a model is saying, as a frame: it is in no log.
    Speech(Bytes),
}

impl Told {
    /// Seq of the first event, where there are events.
    pub(crate) fn first_seq(&self) -> Option<u64> {
        match self {
            Self::Batch(batch) => Some(batch.first_seq()),
            Self::Speech(_) => None,
        }
    }

    /// Seq of the last event, where there are events.
    pub(crate) fn last_seq(&self) -> Option<u64> {
        match self {
            Self::Batch(batch) => Some(batch.last_seq()),
            Self::Speech(_) => None,
        }
    }
}

/// The tail of a run's log.
#[derive(Debug)]
pub(super) struct Tail {
    kept: VecDeque<Arc<Batch>>,
    /// Made for the first reader: most runs have none.
    readers: Option<broadcast::Sender<Told>>,
}

impl Tail {
    pub(super) fn new() -> Self {
        Self { kept: VecDeque::new(), readers: None }
    }

    pub(super) fn push(&mut self, batch: Arc<Batch>) {
        self.tell(Told::Batch(Arc::clone(&batch)));
        if self.kept.len() >= KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(batch);
    }

    /// Tells whoever reads right now.
    pub(super) fn tell(&self, told: Told) {
        if let Some(readers) = &self.readers {
            // Nobody listening is no error.
            let _ = readers.send(told);
        }
    }

    /// What is kept above `after`, and everything from now on: nothing lies between the two.
    pub(super) fn subscribe(&mut self, after: u64) -> (Vec<Arc<Batch>>, broadcast::Receiver<Told>) {
        let readers = self.readers.get_or_insert_with(|| broadcast::channel(LAG).0);
        let backlog = self.kept.iter().filter(|batch| batch.last_seq() > after).cloned().collect();
        (backlog, readers.subscribe())
    }

    pub(super) fn kept(&self) -> usize {
        self.kept.len()
    }

    pub(super) fn readers(&self) -> usize {
        self.readers.as_ref().map_or(0, broadcast::Sender::receiver_count)
    }

    pub(super) fn last_seq(&self) -> u64 {
        self.kept.back().map_or(0, |batch| batch.last_seq())
    }
}

#[cfg(test)]
mod tests {
    use magone_core::execution::{Event, EventKind, ExecutionView};
    use magone_core::ids::{ExecutionId, TenantId};
    use magone_core::time::Timestamp;

    use super::*;

    fn batch(seq: u64) -> Arc<Batch> {
        let id = ExecutionId::from_text("exec_1");
        let event = Event { seq, time: Timestamp::default(), kind: EventKind::ExecutionStarted {} };
        let view = Arc::new(ExecutionView::new(id.clone(), Timestamp::default()));
        Arc::new(Batch::new(id, TenantId::from_text("ten_1"), Arc::from([event]), view))
    }

    #[test]
    fn backlog_and_live_meet_without_gap_or_overlap() {
        let mut tail = Tail::new();
        (1..=3).for_each(|seq| tail.push(batch(seq)));
        let (backlog, mut live) = tail.subscribe(1);
        assert_eq!(backlog.iter().map(|b| b.last_seq()).collect::<Vec<_>>(), [2, 3]);
        tail.push(batch(4));
        assert!(matches!(live.try_recv().unwrap(), Told::Batch(batch) if batch.last_seq() == 4));
        assert!(live.try_recv().is_err());
    }

    #[test]
    fn memory_is_bounded() {
        let mut tail = Tail::new();
        (1..=1_000).for_each(|seq| tail.push(batch(seq)));
        assert_eq!(tail.kept(), KEPT);
        let (backlog, _live) = tail.subscribe(0);
        assert!(backlog.first().unwrap().first_seq() > 1, "the rest has to be read from the log");
    }
}
