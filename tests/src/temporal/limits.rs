//! What is larger than Temporal carries, and a server that is not there, fail with a sentence; nothing
//! gets stuck.

use std::sync::Arc;

use magone_core::error::ErrorCode;
use magone_core::execution::RunState;
use magone_core::ports::{Engine, EngineError};
use magone_temporal::{Address, Worker, WorkerParts};
use serde_json::{Value, json};

use super::hand::Hand;
use super::world::{World, asked};
use crate::harness::{block_on, free_port};

#[test]
fn a_server_that_does_not_answer_is_named() {
    let port = free_port();
    let world = World::without_worker();
    let parts = WorkerParts { activities: Arc::new(Hand::default()), recorder: Arc::clone(&world.recorder) };
    let address = Address::parse(&format!("127.0.0.1:{port}")).unwrap();
    let refused = Worker::start(address, parts).unwrap_err().to_string();
    assert!(
        refused.starts_with(&format!("Temporal cannot be reached at http://127.0.0.1:{port}/")),
        "{refused}"
    );
}

#[test]
fn a_run_that_is_too_large_is_refused_before_it_begins() {
    let world = World::without_worker();
    let run = asked(json!([{"id": "a", "type": "transform", "value": 1}]), Value::from("x".repeat(2 << 20)));
    let id = run.execution_id.clone();
    let refused = block_on(world.engine.start(run));
    assert!(matches!(&refused, Err(EngineError::TooLarge(why)) if why.contains("1.9 MB")), "{refused:?}");
    assert!(world.log(&id).is_empty());
}

#[test]
fn an_answer_that_is_too_large_is_a_failure_of_its_step() {
    let world = World::new();
    let id = world.start(json!([
        {"id": "a", "type": "tool", "tool": "test.large", "arguments": {"bytes": 3_000_000}},
    ]));
    let view = world.ended(&id);
    assert_eq!(view.code, Some(ErrorCode::ToolFailed.into()));
    assert!(view.error.unwrap().contains("larger than 1.9 MB"));
}

#[test]
fn an_event_that_is_too_large_ends_its_run() {
    let world = World::new();
    let large = |id: &str, next: &str| json!({"id": id, "type": "tool", "tool": "test.large", "arguments": {"bytes": 950_000}, "next": next});
    let id = world.start(json!([
        large("a", "b"), large("b", "c"),
        {"id": "c", "type": "llm", "model": "scripted/model",
         "system": "{{ steps.a.output }}", "prompt": "{{ steps.b.output }}"},
    ]));
    let view = world.ended(&id);
    assert_eq!(view.code, Some(ErrorCode::BudgetExceeded.into()), "{:?}", view.error);
    assert_eq!(world.hand.notes(), ["a#call@1", "b#call@1"]);
}

#[test]
fn many_branches_with_much_to_tell_are_stored_in_pieces() {
    let world = World::new();
    let mut steps =
        vec![json!({"id": "all", "type": "parallel", "branches": ["b0", "b1", "b2", "b3", "b4"]})];
    steps.extend((0..5).map(|n| {
        json!({"id": format!("b{n}"), "type": "tool", "tool": "test.large", "arguments": {"bytes": 800_000}})
    }));
    let id = world.start(Value::from(steps));
    let view = world.ended(&id);
    // The joined output alone is larger than an event may be.
    assert_eq!(view.state, RunState::BudgetExceeded, "{:?}", view.error);
    let seqs: Vec<u64> = world.log(&id).iter().map(|event| event.seq).collect();
    assert!(seqs.iter().copied().eq(1..=view.last_seq), "{seqs:?}");
}
