//! How often one address may try what it should not have to try: passwords, keys.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use moka::sync::Cache;

/// The window, from the first try.
const WINDOW: Duration = Duration::from_secs(60);
/// Addresses that are remembered: memory stays bounded whoever comes.
const REMEMBERED: u64 = 10_000;
/// Bits of an IPv6 address that tell one network from another: whoever has one has all addresses in it.
const NETWORK_BITS: u32 = 64;

/// Counts tries by address.
#[derive(Clone, Debug)]
pub struct Throttle {
    most: u32,
    tries: Cache<Option<IpAddr>, Arc<Tries>>,
}

#[derive(Debug)]
struct Tries {
    first: Instant,
    number: AtomicU32,
}

impl Throttle {
    /// `most` tries for an address in a minute.
    #[must_use]
    pub fn new(most: u32) -> Self {
        Self { most, tries: Cache::builder().max_capacity(REMEMBERED).time_to_live(WINDOW).build() }
    }

    /// Counts a try.
    ///
    /// # Errors
    /// One too many: the whole seconds to wait.
    pub fn count(&self, address: Option<IpAddr>) -> Result<(), u32> {
        let first = || Arc::new(Tries { first: Instant::now(), number: AtomicU32::new(0) });
        let tries = self.tries.get_with(address.map(network), first);
        let so_far =
            tries.number.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |number| number.checked_add(1));
        if so_far.is_ok_and(|number| number < self.most) {
            return Ok(());
        }
        let left = WINDOW.saturating_sub(tries.first.elapsed()).as_secs().saturating_add(1);
        Err(u32::try_from(left).unwrap_or(u32::MAX))
    }
}

/// What counts as one address.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let mask = u128::MAX << (u128::BITS - NETWORK_BITS);
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn one_address_does_not_use_up_anothers_tries() {
        let throttle = Throttle::new(10);
        let admitted = (0..20).filter(|_| throttle.count(at("127.0.0.1")).is_ok()).count();
        assert_eq!(admitted, 10);
        assert!(throttle.count(at("127.0.0.2")).is_ok());
        assert!((1..=61).contains(&throttle.count(at("127.0.0.1")).unwrap_err()));
        assert!(throttle.count(at("::ffff:127.0.0.1")).is_err(), "the same address in the other form");
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let throttle = Throttle::new(1);
        assert!(throttle.count(at("2001:db8:1:2::1")).is_ok());
        assert!(throttle.count(at("2001:db8:1:2:ffff::9")).is_err());
        assert!(throttle.count(at("2001:db8:1:3::1")).is_ok());
    }

    #[test]
    fn memory_is_bounded_whoever_comes() {
        let throttle = Throttle::new(1);
        for number in 0..100_000_u32 {
            let _ = throttle.count(Some(IpAddr::from(number.to_be_bytes())));
        }
        throttle.tries.run_pending_tasks();
        assert!(throttle.tries.entry_count() <= REMEMBERED);
    }
}
