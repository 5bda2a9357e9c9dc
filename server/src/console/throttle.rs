//! How often one address may try to sign in.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use moka::sync::Cache;

/// Tries that one address has in a window.
const TRIES: u32 = 10;
/// The window, from the first try.
const WINDOW: Duration = Duration::from_secs(60);
/// Addresses that are remembered: memory stays bounded whoever comes.
const REMEMBERED: u64 = 10_000;

#[derive(Debug)]
pub(super) struct Throttle {
    tries: Cache<Option<IpAddr>, Arc<AtomicU32>>,
}

impl Throttle {
    pub(super) fn new() -> Self {
        Self { tries: Cache::builder().max_capacity(REMEMBERED).time_to_live(WINDOW).build() }
    }

    /// Counts a try; whether it may go on.
    pub(super) fn admits(&self, address: Option<IpAddr>) -> bool {
        let tries = self.tries.get_with(address, Arc::default);
        tries.fetch_add(1, Ordering::SeqCst) < TRIES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_does_not_use_up_anothers_tries() {
        let throttle = Throttle::new();
        let (one, other) = (Some(IpAddr::from([127, 0, 0, 1])), Some(IpAddr::from([127, 0, 0, 2])));
        let admitted = (0..20).filter(|_| throttle.admits(one)).count();
        assert_eq!(admitted, 10);
        assert!(throttle.admits(other));
    }
}
