//! Starts and reads in a minute.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use super::world::{ECHO, rate, update};
use crate::harness::{Answer, Server, Setup, magone, until};

const EXECUTE: &str = "/api/v1/external/execute/echo";
const CONNECTIONS: u64 = 8;
const REQUESTS: u64 = 200;

fn world(rate: &str) -> Server {
    let setup = Setup::new().tenant("acme").tenant("rival").workflow("acme", "echo", ECHO);
    magone(setup.data(), &["tenant", "update", "acme", "--rate-limit", rate]).succeeded();
    setup.start()
}

fn number(answer: &Answer, header: &str) -> u64 {
    let value = answer.header(header).unwrap_or_else(|| panic!("no {header}: {:?}", answer.headers));
    value.parse().unwrap_or_else(|_| panic!("{header}: {value}"))
}

#[test]
fn a_burst_gets_the_quota_and_what_is_refilled_meanwhile_and_not_one_more() {
    let server = world("60");
    let (api, admitted) = (server.api("acme"), AtomicU64::new(0));
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..CONNECTIONS {
            scope.spawn(|| {
                for _ in 0..REQUESTS / CONNECTIONS {
                    let answer = api.execute("echo", &json!({"input": "x"}));
                    if answer.status == 200 {
                        admitted.fetch_add(1, Ordering::SeqCst);
                    } else {
                        answer.problem(429, "rate_limited");
                    }
                }
            });
        }
    });
    let refilled = began.elapsed().as_secs() + 1;
    let admitted = admitted.load(Ordering::SeqCst);
    assert!((60..=60 + refilled).contains(&admitted), "{admitted} in {refilled} s");
    let stored = server.data().texts("SELECT id FROM workflow_executions");
    assert_eq!(u64::try_from(stored.len()).unwrap(), admitted, "what was refused left nothing behind");

    let (mut refused, mut at) = (api.execute("echo", &json!({"input": "x"})), Instant::now());
    while refused.status == 200 {
        (refused, at) = (api.execute("echo", &json!({"input": "x"})), Instant::now());
    }
    let wait = Duration::from_secs(number(&refused, "retry-after"));
    until("the time that Retry-After names is over", || (at.elapsed() >= wait).then_some(()));
    api.execute("echo", &json!({"input": "x"})).expect(200);
}

#[test]
fn answers_say_what_is_left_and_so_does_the_endpoint() {
    let server = world("5");
    let api = server.api("acme");
    let first = api.execute("echo", &json!({"input": "x"})).expect(200);
    assert_eq!(first.header("ratelimit-policy"), Some("\"rpm\";q=5;w=60, \"reads\";q=600;w=60"));
    assert_eq!([number(&first, "x-ratelimit-limit"), number(&first, "x-ratelimit-remaining")], [5, 4]);
    let second = api.post(&format!("{EXECUTE}/async"), &json!({"input": "x"})).expect(202);
    assert!(second.header("ratelimit").unwrap().starts_with("\"rpm\";r=3;t="), "{:?}", second.headers);
    assert!(number(&second, "x-ratelimit-reset") > 1_700_000_000);
    for _ in 0..3 {
        api.execute("echo", &json!({"input": "x"})).expect(200);
    }
    let refused = api.execute("echo", &json!({"input": "x"}));
    let problem = refused.problem(429, "rate_limited");
    assert!(problem["detail"].as_str().unwrap().contains("5 starts a minute"), "{problem}");
    assert_eq!(refused.header("cache-control"), Some("no-store"));
    assert_eq!(number(&refused, "x-ratelimit-remaining"), 0);
    assert!((1..=12).contains(&number(&refused, "retry-after")));
    let shown = rate(&api, "rpm");
    assert_eq!([&shown["limit"], &shown["remaining"], &shown["window_seconds"]], [5, 0, 60]);

    let read = api.get("/api/v1/external/workflows").expect(200);
    assert!(read.header("ratelimit").unwrap().starts_with("\"reads\";r=59"), "{:?}", read.headers);
    assert_eq!(number(&read, "x-ratelimit-limit"), 600);
    let unlimited = server.api("rival").get("/api/v1/external/workflows").expect(200);
    assert_eq!((unlimited.header("ratelimit"), unlimited.header("ratelimit-policy")), (None, None));
}

#[test]
fn what_does_not_exist_or_is_not_valid_counts_nothing() {
    let server = world("2");
    let api = server.api("acme");
    for _ in 0..5 {
        api.execute("nothing", &json!({"input": "x"})).problem(404, "not_found");
        api.execute("echo", &json!({})).problem(422, "validation");
        server.with_key("acme_live_wrong").get("/api/v1/external/workflows").problem(401, "key_invalid");
    }
    assert_eq!(rate(&api, "rpm")["remaining"], 2);
    let before = rate(&api, "reads")["remaining"].as_u64().unwrap();
    for _ in 0..5 {
        api.get("/api/v1/external/executions/exec_nothing").problem(404, "not_found");
    }
    let after = rate(&api, "reads")["remaining"].as_u64().unwrap();
    assert!(before - after <= 1, "the look itself alone: {before}, {after}");
    // Order of checks: what is not there is not there for who is limited, too.
    (0..2).for_each(|_| {
        api.execute("echo", &json!({"input": "x"})).expect(200);
    });
    api.execute("nothing", &json!({"input": "x"})).problem(404, "not_found");
    api.execute("echo", &json!({})).problem(422, "validation");
    api.execute("echo", &json!({"input": "x"})).problem(429, "rate_limited");
}

#[test]
fn nothing_is_admitted_by_a_rate_of_zero_and_one_workflow_has_its_own() {
    let server = world("0");
    let api = server.api("acme");
    let refused = api.execute("echo", &json!({"input": "x"}));
    let problem = refused.problem(429, "rate_limited");
    assert!(problem["detail"].as_str().unwrap().contains("0 starts a minute"), "{problem}");
    assert_eq!(number(&refused, "retry-after"), 3_600);
    update(&server, "acme", &["--rate-limit", "none", "--set", "workflow_rate_limits={\"echo\":1}"]);
    until("the change is noticed", || (rate(&api, "workflow")["limit"] == 1).then_some(()));
    let first = api.execute("echo", &json!({"input": "x"})).expect(200);
    assert_eq!(first.header("ratelimit-policy"), Some("\"workflow\";q=1;w=60"));
    let refused = api.execute("echo", &json!({"input": "x"})).problem(429, "rate_limited");
    assert!(refused["detail"].as_str().unwrap().contains("starts of this workflow"), "{refused}");
    assert_eq!(rate(&api, "workflow")["workflow"], "echo");
}
