//! D9: a step that is in doubt at two crashes is not tried a third time.

use serde_json::{Value, json};

use crate::harness::mock::Reply;
use crate::harness::{Mock, Setup, chain};

#[test]
fn two_crashes_in_the_same_step_end_the_run() {
    let mock = Mock::start(|call| match call.act() {
        act if act.starts_with("two") => Reply::Silence,
        _ => Reply::Say("said".to_owned()),
    });
    let setup = Setup::new().models(&mock).tenant("acme");
    let mut server = setup.workflow("acme", "chain", &chain(3, "openai/mock")).start();
    let id = server.api("acme").start("chain", &json!({"input": "x"}));
    let first = mock.wait_for(2);
    server.restart();
    let second = mock.wait_for(3);
    assert_eq!(first.key, second.key, "the same act has the same key");
    assert_eq!(first.body, second.body);
    server.restart();
    let api = server.api("acme");
    let view = api.ended(&id);
    assert_eq!([&view["status"], &view["state"], &view["code"]], ["failed", "failed", "quarantined"]);
    assert_eq!([&view["retryable"], &view["result"]], [&json!(false), &Value::Null]);
    assert!(view["error"].as_str().unwrap().contains("two"), "{view}");
    assert_eq!(mock.count(), 3, "nothing was asked a third time");
    server.restart();
    assert_eq!(server.api("acme").execution(&id), view, "an end is an end");
    assert_eq!(mock.count(), 3);
}
