//! Durations, and what most of them stayed below.

use std::time::Duration;

/// What callers waited, in the order of length.
#[derive(Debug, Default)]
pub(crate) struct Latencies {
    sorted: Vec<Duration>,
}

impl Latencies {
    pub(crate) fn new(mut waits: Vec<Duration>) -> Self {
        waits.sort_unstable();
        Self { sorted: waits }
    }

    /// Milliseconds that `percent` of them did not exceed (nearest rank).
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let rank = (self.sorted.len() * percent).div_ceil(100).max(1);
        self.sorted.get(rank - 1).map_or(0.0, |wait| wait.as_secs_f64() * 1_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let latencies = Latencies::new((1..=200).rev().map(Duration::from_millis).collect());
        let shown = [0, 50, 99, 100].map(|percent| latencies.percentile(percent));
        assert_eq!(shown, [1.0, 100.0, 198.0, 200.0]);
        assert_eq!(Latencies::default().percentile(50), 0.0);
    }
}
