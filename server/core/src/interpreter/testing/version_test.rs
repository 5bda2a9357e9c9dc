//! Logs that earlier binaries wrote: whatever the interpreter has learnt since, a run that began
//! under an older version is read back and comes to the end that its version would have come to.

use std::sync::Arc;

use serde_json::json;

use super::answers::{program, tool_says};
use super::world::{World, run_id};
use crate::execution::{Event, EventKind};
use crate::interpreter::{Phase, VERSION, recover};
use crate::workflow::program::Program;

/// Version 1, in the middle of a run: a branch that ended, a call in its second attempt, an agent
/// that waits for a tool, a timer.
const VERSION_1: &str = include_str!("logs/version_1.json");

fn version_1() -> Arc<Program> {
    program(
        "context: { region: north }",
        &[
            "{ id: fetch, type: parallel, branches: [sales, talk, rest, quick], next: sum }",
            "{ id: sales, type: tool, tool: crm.query, arguments: { region: \"{{ context.region }}\" } }",
            "{ id: talk, type: agent, agent: clerk }",
            "{ id: rest, type: wait, seconds: 60 }",
            "{ id: quick, type: transform, value: \"{{ input }}\" }",
            "{ id: sum, type: transform, value: [\"{{ steps.sales.output }}\", \"{{ steps.talk.output }}\"] }",
        ],
    )
}

#[test]
fn a_log_of_version_1_comes_to_its_end() {
    let program = version_1();
    let log: Vec<Event> = serde_json::from_str(VERSION_1).unwrap();
    let EventKind::ExecutionCreated { interpreter_version: 1, .. } = log[0].kind else {
        panic!("{:?}", log[0])
    };
    assert_eq!(recover(run_id(), Arc::clone(&program), &log).phase(), Phase::Running);
    let mut world = World::new(&program).answer("fetch/sales#call@2", tool_says(json!(7)));
    world.take_over(log);
    world.finish();
    let EventKind::ExecutionCompleted { output } = &world.log.last().unwrap().kind else {
        panic!("{:?}", world.log.last())
    };
    assert_eq!(**output, json!([7, "fine"]));
}

#[test]
fn every_version_has_a_log_here() {
    assert_eq!(VERSION, 1, "a new version comes with a log of the one before, and rules that finish it");
}
