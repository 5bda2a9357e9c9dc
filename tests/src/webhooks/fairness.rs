//! A thousand receivers that never answer, and one that does.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use super::world::{PREFIX, acme, register, run, setup};
use crate::harness::{Reaction, Receiver, until};

/// Two hosts of this machine: what is posted to one says nothing about the other.
const HEALTHY: usize = 40;
const DEAD: usize = 1_000;

#[test]
fn who_works_is_not_held_up_by_a_thousand_who_do_not() {
    let (healthy, dead) = (Receiver::content(), Receiver::start(|_, _| Reaction::Hang));
    let names: Vec<_> = (0..DEAD).map(|number| format!("dead-{number}.test=127.0.0.1")).collect();
    let server = setup(&format!(
        "127.0.0.1,{}",
        names
            .iter()
            .map(|name| {
                let name = name.split('=').next().unwrap();
                format!("{name}:{}", dead.port())
            })
            .collect::<Vec<_>>()
            .join(",")
    ))
    .env("MAGONE_NAMES", &names.join(","))
    .start();
    let api = acme(&server);
    let endpoint = register(&api, &json!({"url": healthy.url("/")}));
    api.call("POST", &format!("{PREFIX}/webhook-endpoints/{endpoint}/test")).send().expect(202);
    healthy.wait_for(1);
    until("the receiver is known to work", || {
        let own = api.get(&format!("{PREFIX}/webhook-endpoints/{endpoint}")).expect(200).json();
        own["succeeded_at"].is_string().then_some(())
    });
    let alone = latency(&api, &healthy);
    for number in 0..DEAD {
        run(&api, &format!("http://dead-{number}.test:{}/", dead.port()));
    }
    // Every place that those who were never reached can have is taken, and each hangs for 15 seconds.
    dead.wait_for(128);
    let beside = latency(&api, &healthy);
    assert!(
        beside < alone * 20 + Duration::from_secs(5),
        "{beside:?} beside a thousand that hang, {alone:?} alone: no turn of 15 seconds was waited for"
    );
    assert!(dead.posts().len() < DEAD, "those that hang are still at it");
}

/// How long the slowest of some posts took, from the end of its run.
fn latency(api: &crate::harness::Api, healthy: &Receiver) -> Duration {
    let before = healthy.posts().len();
    let mut slowest = Duration::ZERO;
    let mut seen = BTreeMap::new();
    for number in 0..HEALTHY {
        let begun = std::time::Instant::now();
        let id = api.start("do", &json!({"input": number.to_string()}));
        until("the healthy receiver has it", || {
            healthy
                .posts()
                .iter()
                .skip(before)
                .any(|post| post.json()["execution_id"] == id.as_str())
                .then_some(())
        });
        seen.insert(id, begun.elapsed());
        slowest = slowest.max(begun.elapsed());
    }
    assert_eq!(seen.len(), HEALTHY);
    slowest
}
