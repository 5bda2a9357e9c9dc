//! Children are workflows of their own.

use magone_core::error::ErrorCode;
use magone_core::execution::{EventKind, RunState};
use magone_core::ids::ExecutionId;
use magone_core::ports::Engine;
use serde_json::json;

use super::world::World;
use crate::harness::{block_on, until};

/// The child that a run started last.
fn child(world: &World, id: &ExecutionId) -> ExecutionId {
    until("a child is started", || {
        world.log(id).iter().rev().find_map(|event| match &event.kind {
            EventKind::ChildStarted { execution_id, .. } => Some(execution_id.clone()),
            _ => None,
        })
    })
}

#[test]
fn a_child_has_a_workflow_and_a_row_of_its_own() {
    let world = World::new();
    let id = world.start(json!([
        {"id": "sub", "type": "workflow", "workflow": "child", "input": "hi", "context": {"tone": "there"}},
    ]));
    let view = world.ended(&id);
    assert_eq!(view.state, RunState::Completed, "{view:?}");
    let child = child(&world, &id);
    let own = world.row(&child);
    assert_eq!(
        (own.state, own.result.unwrap()["content"].clone()),
        (RunState::Completed, view.result.unwrap()["content"].clone())
    );
    assert_eq!(own.metadata.usage, view.metadata.usage);
    assert_eq!(world.hand.notes(), ["echo#t1@1"]);
    world.history(&child);
    world.history(&id);
}

#[test]
fn cancelling_a_run_cancels_its_children_first() {
    let world = World::new();
    let id = world.start(json!([{"id": "sub", "type": "workflow", "workflow": "child", "input": "hold"}]));
    until("the child holds on", || world.hand.noted("hold#call@1"));
    block_on(world.engine.cancel(id.clone(), Some("enough".to_owned()))).unwrap();
    assert_eq!(world.ended(&id).state, RunState::Cancelled);
    assert_eq!(world.ended(&child(&world, &id)).state, RunState::Cancelled);
    assert!(world.hand.noted("hold#call@1 stopped").is_some());
}

#[test]
fn a_child_that_nobody_waits_for_is_stopped() {
    let world = World::new();
    let id = world.start(json!([
        {"id": "all", "type": "parallel", "branches": ["sub", "bad"]},
        {"id": "sub", "type": "workflow", "workflow": "child", "input": "hold"},
        {"id": "bad", "type": "wait", "seconds": 2, "next": "refuse"},
        {"id": "refuse", "type": "tool", "tool": "test.refuse"},
    ]));
    until("the child holds on", || world.hand.noted("hold#call@1"));
    assert_eq!(world.ended(&id).code, Some(ErrorCode::ToolFailed.into()));
    assert_eq!(world.ended(&child(&world, &id)).state, RunState::Cancelled);
}
