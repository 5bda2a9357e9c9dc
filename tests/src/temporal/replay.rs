//! Histories of earlier builds are gone through again with today's rules. They are recorded with
//! `MAGONE_RECORD_HISTORIES=1`, which writes those anew that are named here.

use std::path::PathBuf;

use magone_core::execution::{Decision, RunState, Verdict};
use magone_core::json::Json;
use magone_core::ports::Engine;
use serde_json::json;

use super::world::World;
use crate::harness::{block_on, until};

fn file(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/histories")).join(format!("{name}.json"))
}

/// Goes through the committed history; a run of today is recorded and gone through as well.
fn check(name: &str, history: &[u8]) {
    if std::env::var_os("MAGONE_RECORD_HISTORIES").is_some() {
        std::fs::write(file(name), history).unwrap();
    }
    magone_temporal::replay(history).unwrap();
    let committed = std::fs::read(file(name)).unwrap();
    magone_temporal::replay(&committed).unwrap_or_else(|error| {
        panic!("{error}: runs under way would not survive this change; give the rules a new version")
    });
}

#[test]
fn a_history_of_branches_attempts_and_a_timer_is_gone_through_again() {
    let world = World::new();
    let retry = json!({"max_attempts": 2, "initial_interval_ms": 20});
    let id = world.start(json!([
        {"id": "all", "type": "parallel", "branches": ["shaky", "model"], "next": "pause"},
        {"id": "shaky", "type": "tool", "tool": "test.shaky", "retry": retry},
        {"id": "model", "type": "llm", "model": "scripted/model", "prompt": "{{ input }}"},
        {"id": "pause", "type": "wait", "seconds": 1, "next": "end"},
        {"id": "end", "type": "transform", "value": "{{ steps.all.output }}"},
    ]));
    world.ended(&id);
    check("branches", &world.history(&id));
}

#[test]
fn a_history_of_a_cancelled_run_is_gone_through_again() {
    let world = World::new();
    let id = world.start(json!([{"id": "a", "type": "tool", "tool": "test.hold"}]));
    until("the activity is under way", || world.hand.noted("a#call@1"));
    block_on(world.engine.cancel(id.clone(), Some("enough".to_owned()))).unwrap();
    world.ended(&id);
    check("cancelled", &world.history(&id));
}

#[test]
fn a_history_of_a_decision_is_gone_through_again() {
    let world = World::new();
    let id = world.start(json!([
        {"id": "ask", "type": "approval", "prompt": "Really?", "next": "end"},
        {"id": "end", "type": "transform", "value": "{{ steps.ask.output }}"},
    ]));
    until("the run asks", || world.names(&id).contains(&"approval.required".to_owned()).then_some(()));
    let data = Some(Json::new(json!("yes")));
    let decision = Decision { decision: Verdict::Approve, data, comment: None, by: None };
    block_on(world.engine.decide(id.clone(), "ask".to_owned(), decision)).unwrap();
    world.ended(&id);
    check("decision", &world.history(&id));
}

#[test]
fn a_history_of_children_is_gone_through_again() {
    let world = World::new();
    let id = world.start(json!([
        {"id": "each", "type": "map", "items": ["x", "y"], "steps": ["sub"], "max_concurrency": 2, "next": "no"},
        {"id": "sub", "type": "workflow", "workflow": "child", "input": "{{ item }}", "context": {"tone": "kind"}},
        {"id": "no", "type": "workflow", "workflow": "child", "input": "refuse", "on_error": "continue",
         "next": "late"},
        {"id": "late", "type": "workflow", "workflow": "child", "input": "hold", "timeout_seconds": 1,
         "on_error": "continue", "next": "end"},
        {"id": "end", "type": "transform", "value": "{{ steps.each.output }}"},
    ]));
    assert_eq!(world.ended(&id).state, RunState::Completed);
    check("children", &world.history(&id));
}

#[test]
fn a_history_that_does_not_fit_is_noticed() {
    let other = String::from_utf8(std::fs::read(file("branches")).unwrap()).unwrap();
    let other = other.replace("\"execute_tool\"", "\"retrieve_knowledge\"");
    let noticed = magone_temporal::replay(other.as_bytes()).unwrap_err().to_string();
    assert!(noticed.contains("gone through again"), "{noticed}");
    assert!(magone_temporal::replay(b"{}").is_err());
}
