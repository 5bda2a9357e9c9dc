use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, prop_assert, proptest};
use proptest::test_runner::RngSeed;

use super::*;

fn tenant(name: &str) -> TenantId {
    TenantId::from_text(name)
}

fn share(most: u32, weight: u32) -> Share {
    Share { most, weight }
}

fn run(name: &str, number: u32) -> ExecutionId {
    ExecutionId::from_text(format!("{name}-{number}"))
}

fn fill(queue: &mut FairQueue, name: &str, share: Share, runs: u32) {
    (0..runs).for_each(|number| queue.wait(&tenant(name), share, run(name, number)));
}

/// Whose runs are served while each gives its place back at once.
fn served(queue: &mut FairQueue, turns: usize) -> Vec<String> {
    let mut order = Vec::new();
    while let Some(next) = queue.serve().filter(|_| order.len() < turns) {
        let name = next.as_str().split('-').next().unwrap().to_owned();
        queue.leave(&tenant(&name), true);
        order.push(name);
    }
    order
}

#[test]
fn a_hundred_times_as_many_runs_are_not_served_more_often() {
    let mut queue = FairQueue::new(1);
    fill(&mut queue, "noisy", share(100, 1), 1_000);
    fill(&mut queue, "quiet", share(100, 1), 10);
    let order = served(&mut queue, 20);
    assert_eq!(order.iter().filter(|name| *name == "quiet").count(), 10, "{order:?}");
}

#[test]
fn weights_divide_the_turns_and_each_lane_keeps_its_order() {
    let mut queue = FairQueue::new(1);
    fill(&mut queue, "a", share(100, 3), 300);
    fill(&mut queue, "b", share(100, 1), 300);
    let order = served(&mut queue, 100);
    assert_eq!(order.iter().filter(|name| *name == "a").count(), 75);
    let mut queue = FairQueue::new(3);
    fill(&mut queue, "a", share(2, 1), 5);
    assert_eq!([queue.serve(), queue.serve(), queue.serve()], [Some(run("a", 0)), Some(run("a", 1)), None]);
}

#[test]
fn a_place_that_rests_is_its_tenants_and_no_others() {
    let mut queue = FairQueue::new(1);
    fill(&mut queue, "a", share(1, 1), 2);
    fill(&mut queue, "b", share(1, 1), 1);
    assert_eq!(queue.serve(), Some(run("a", 0)));
    assert_eq!(queue.serve(), None);
    queue.rest();
    assert_eq!(queue.serve(), Some(run("b", 0)), "a has its one place already");
    queue.wake();
    queue.leave(&tenant("b"), true);
    assert_eq!(queue.serve(), None);
    queue.leave(&tenant("a"), true);
    assert_eq!(queue.serve(), Some(run("a", 1)));
}

#[test]
fn shares_change_under_way_and_who_gave_up_is_not_served() {
    let mut queue = FairQueue::new(10);
    fill(&mut queue, "a", share(1, 1), 4);
    assert!(queue.serve().is_some() && queue.serve().is_none());
    queue.withdraw(&tenant("a"), &run("a", 1));
    queue.reshare(&tenant("a"), share(2, 1));
    assert_eq!(queue.serve(), Some(run("a", 2)));
    assert_eq!((queue.waiting(), queue.depth()), (vec![tenant("a")], 1));
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200, rng_seed: RngSeed::Fixed(20_261_124), failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Whatever happens: no bound is passed, nobody is lost, and no place is free while somebody waits
    #[test]
    fn bounds_hold_and_nobody_starves(
        most in 1_u32..6, own in 1_u32..4, steps in vec((0_u8..4, 0_u8..3), 1..300),
    ) {
        let mut queue = FairQueue::new(most);
        let names = ["a", "b", "c", "d"];
        let (mut held, mut count, mut entered) = (BTreeMap::<&str, u32>::new(), 0_u32, 0_u32);
        let mut done = 0;
        for (who, what) in steps {
            let name = names[usize::from(who)];
            if what < 2 {
                queue.wait(&tenant(name), share(own, 1), run(name, count));
                count += 1;
                entered += 1;
            } else if held.get(name).is_some_and(|held| *held > 0) {
                queue.leave(&tenant(name), true);
                *held.get_mut(name).unwrap() -= 1;
                done += 1;
            }
            while let Some(next) = queue.serve() {
                let name = names.into_iter().find(|name| next.as_str().starts_with(*name)).unwrap();
                *held.entry(name).or_default() += 1;
            }
            let all: u32 = held.values().sum();
            prop_assert!(all <= most && held.values().all(|held| *held <= own));
            prop_assert!(entered == done + all + u32::try_from(queue.depth()).unwrap());
            let could = names.iter().any(|name| {
                queue.waiting().contains(&tenant(name)) && held.get(name).copied().unwrap_or_default() < own
            });
            prop_assert!(all == most || !could, "a place is free and somebody waits");
        }
    }
}
