//! SIGTERM: nothing new is taken on, what runs may finish, and what cannot goes on at the next start.

use serde_json::json;

use crate::harness::mock::Reply;
use crate::harness::{Mock, Setup, chain, until};

#[test]
fn what_runs_may_finish_and_nothing_new_begins() {
    let mock = Mock::start(|_| Reply::held("said"));
    let setup = Setup::new().models(&mock).tenant("acme");
    let server = setup.workflow("acme", "chain", &chain(1, "openai/mock")).start();
    let api = server.api("acme");
    let id = api.start("chain", &json!({"input": "x"}));
    let stream = server.events("acme", &id);
    mock.wait_for(1);
    server.terminate();
    let refused = until("the server says that it goes", || {
        Some(api.get("/readyz")).filter(|ready| ready.status != 200)
    });
    refused.problem(503, "draining");
    assert!(refused.header("retry-after").unwrap().parse::<u32>().is_ok());
    let refused = api.post("/api/v1/external/execute/chain/async", &json!({"input": "y"}));
    refused.problem(503, "draining");
    assert!(refused.header("retry-after").unwrap().parse::<u32>().is_ok());
    assert_eq!(api.execution(&id)["status"], "running", "reading goes on");
    stream.rest();
    mock.release();
    let setup = server.setup().clone();
    assert_eq!(server.wait().code(), Some(0));
    let server = setup.start();
    assert_eq!(server.api("acme").execution(&id)["status"], "completed");
    assert_eq!(mock.count(), 1, "it was finished before the end");
}

#[test]
fn what_cannot_finish_in_time_goes_on_at_the_next_start() {
    let mock = Mock::start(|call| match call.place {
        0 => Reply::Silence,
        _ => Reply::Say("said".to_owned()),
    });
    let setup = Setup::new().models(&mock).env("MAGONE_DRAIN_SECONDS", "0").tenant("acme");
    let server = setup.workflow("acme", "chain", &chain(2, "openai/mock")).start();
    let id = server.api("acme").start("chain", &json!({"input": "x"}));
    mock.wait_for(1);
    let setup = server.setup().clone();
    server.terminate();
    assert_eq!(server.wait().code(), Some(0));
    mock.wait_for_hang_up(1);
    let server = setup.start();
    let api = server.api("acme");
    let view = api.ended(&id);
    assert_eq!([&view["status"], &view["result"]["content"]], ["completed", "said"]);
    let reasons: Vec<_> = api.log(&id).iter().map(|event| event["data"]["reason"].clone()).collect();
    assert!(reasons.contains(&json!("resumed")) && !reasons.contains(&json!("in_doubt")), "{reasons:?}");
    assert_eq!(mock.count(), 3);
}
