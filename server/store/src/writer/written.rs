//! How much was written: commits of runs, and the transactions that held them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts what was written. Cheap to clone: clones count together.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    counts: Arc<(AtomicU64, AtomicU64)>,
}

impl Written {
    /// One transaction held so many units.
    pub(super) fn add(&self, units: usize) {
        self.counts.0.fetch_add(1, Ordering::Relaxed);
        self.counts.1.fetch_add(u64::try_from(units).unwrap_or_default(), Ordering::Relaxed);
    }

    /// Transactions and units.
    pub(super) fn read(&self) -> (u64, u64) {
        (self.counts.0.load(Ordering::Relaxed), self.counts.1.load(Ordering::Relaxed))
    }
}
