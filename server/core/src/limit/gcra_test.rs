//! Exact figures under a virtual clock.

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, proptest};
use proptest::prop_oneof;
use proptest::test_runner::RngSeed;

use super::{Gcra, WINDOW_MS};

/// The rule in its other form: a theoretical time of arrival, scaled by the quota so that it is whole.
struct Arrival(u128);

impl Arrival {
    fn admits(&mut self, quota: u32, now: u64) -> bool {
        let (quota, now) = (u128::from(quota), u128::from(now));
        let next = self.0.max(now * quota) + u128::from(WINDOW_MS);
        let fits = next - now * quota <= quota * u128::from(WINDOW_MS);
        if fits {
            self.0 = next;
        }
        fits
    }
}

fn pauses() -> impl Strategy<Value = Vec<u64>> {
    vec(prop_oneof![4 => 0_u64..30, 3 => 0_u64..2_000, 1 => 0_u64..90_000], 1..400)
}

fn cases() -> ProptestConfig {
    ProptestConfig {
        cases: 300,
        rng_seed: RngSeed::Fixed(20_261_124),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn neither_one_more_nor_one_less_is_admitted(quota in 1_u32..400, pauses in pauses()) {
        let (mut gcra, mut arrival, mut now) = (Gcra::default(), Arrival(0), 0);
        let mut admitted: Vec<u64> = Vec::new();
        for pause in pauses {
            now += pause;
            let level = gcra.admit(quota, now, 1);
            prop_assert_eq!(level.admitted, arrival.admits(quota, now));
            if level.admitted {
                admitted.push(now);
                prop_assert_eq!(level.retry_after_ms, None);
            } else {
                let wait = level.retry_after_ms.unwrap();
                prop_assert!(wait > 0);
                prop_assert!(!gcra.clone().admit(quota, now + wait - 1, 1).admitted, "not before");
                prop_assert!(gcra.clone().admit(quota, now + wait, 1).admitted, "not later");
            }
            let recent = admitted.iter().filter(|at| **at + WINDOW_MS > now).count();
            prop_assert!(recent < 2 * usize::try_from(quota).unwrap());
        }
    }

    #[test]
    fn what_is_said_to_be_left_is_left(quota in 0_u32..100, pauses in pauses()) {
        let (mut gcra, mut now) = (Gcra::default(), 0);
        for pause in pauses {
            now += pause;
            let level = gcra.admit(quota, now, 1);
            let mut copy = gcra;
            let more = (0..=quota).take_while(|_| copy.admit(quota, now, 1).admitted).count();
            prop_assert_eq!(u32::try_from(more).unwrap(), level.remaining);
            prop_assert!(gcra.is_full(quota, now + level.reset_ms));
            prop_assert!(level.reset_ms == 0 || !gcra.is_full(quota, now + level.reset_ms - 1));
        }
    }

    #[test]
    fn a_clock_that_steps_neither_freezes_nor_opens_it(
        quota in 1_u32..100, steps in vec((any::<bool>(), 0_u64..10_000_000), 1..30),
    ) {
        let (mut gcra, mut now) = (Gcra::default(), 1_u64 << 40);
        for (back, by) in steps {
            now = if back { now.saturating_sub(by) } else { now.saturating_add(by) };
            let at_once = (0..3 * quota).take_while(|_| gcra.admit(quota, now, 1).admitted).count();
            prop_assert!(at_once <= usize::try_from(quota).unwrap(), "no more than a burst");
            let wait = gcra.admit(quota, now, 1).retry_after_ms.unwrap();
            prop_assert!(wait <= WINDOW_MS);
        }
    }
}

#[test]
fn sixty_a_minute_of_two_hundred_at_once() {
    let mut gcra = Gcra::default();
    let admitted = (0..200).filter(|_| gcra.admit(60, 5, 1).admitted).count();
    assert_eq!(admitted, 60);
    assert_eq!(gcra.admit(60, 5, 1).retry_after_ms, Some(1_000));
    assert!(!gcra.admit(60, 1_004, 1).admitted);
    assert!(gcra.admit(60, 1_005, 1).admitted);
    let level = gcra.look(60, 2_005);
    assert_eq!((level.remaining, level.reset_ms), (1, 59_000));
}

#[test]
fn a_change_counts_at_once_and_nothing_is_admitted_by_a_quota_of_zero() {
    let mut gcra = Gcra::default();
    assert!((0..600).all(|_| gcra.admit(600, 0, 1).admitted));
    let lowered = gcra.admit(6, 0, 1);
    assert_eq!((lowered.admitted, lowered.retry_after_ms), (false, Some(10_000)));
    let none = gcra.admit(0, 1, 1);
    assert_eq!((none.admitted, none.retry_after_ms, none.remaining), (false, None, 0));
    assert!(gcra.admit(6, 2, 1).admitted);
    gcra.give_back(1);
    assert!(gcra.is_full(6, 2));
}
