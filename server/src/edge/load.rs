//! A bound on what is in work at once: beyond it requests are turned away at once, before they cost
//! anything, rather than all of them getting slower.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts requests in work. Cheap to clone: clones count together.
#[derive(Clone, Debug)]
pub struct Load {
    most: usize,
    in_work: Arc<AtomicUsize>,
}

/// One request in work; gone when it is dropped.
#[derive(Debug)]
pub(super) struct InWork(Arc<AtomicUsize>);

impl Load {
    /// At most `most` requests at once.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { most, in_work: Arc::default() }
    }

    /// A place for one more request; `None` where all are taken.
    pub(super) fn enter(&self) -> Option<InWork> {
        let before = self.in_work.fetch_add(1, Ordering::Relaxed);
        let place = InWork(Arc::clone(&self.in_work));
        (before < self.most).then_some(place)
    }

    /// How many requests are in work.
    #[must_use]
    pub fn in_work(&self) -> usize {
        self.in_work.load(Ordering::Relaxed)
    }
}

impl Drop for InWork {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_given_back_and_a_refusal_takes_none() {
        let load = Load::new(2);
        let (first, second) = (load.enter(), load.enter());
        assert!(first.is_some() && second.is_some() && load.enter().is_none());
        assert_eq!(load.in_work(), 2);
        drop(first);
        assert!(load.enter().is_some());
    }
}
