//! Runs that wait for their turn.

use serde_json::json;

use super::answers::{program, tool_says};
use super::trace::assert_trace;
use super::world::World;
use crate::execution::{EventKind, RunState, Status};
use crate::interpreter::{Input, Phase};

const STEPS: [&str; 1] = ["{ id: a, type: tool, tool: x.y }"];

fn names(world: &World) -> Vec<&'static str> {
    world.log.iter().map(|event| event.kind.name()).collect()
}

#[test]
fn a_run_that_waits_does_nothing_until_its_turn() {
    let mut world =
        World::new(&program("limits: { timeout_seconds: 5 }", &STEPS)).otherwise(|_, _| tool_says(json!(1)));
    world.queue();
    assert_eq!(names(&world), ["execution.created", "execution.queued"]);
    assert_eq!((world.state.phase(), world.state.due()), (Phase::Queued, vec![]));
    let view = world.view();
    assert_eq!((view.state, view.status, view.started_at), (RunState::Queued, Status::Pending, None));
    for nothing in [Input::Recovered, Input::Stopped, Input::Interrupted { obligations: vec![] }] {
        assert_eq!(world.feed(nothing), []);
    }
    let begun = world.feed(Input::Turn);
    assert!(matches!(begun.first().map(|event| &event.kind), Some(EventKind::ExecutionStarted {})));
    assert_eq!(world.feed(Input::Turn), [], "once");
    world.finish();
    let view = world.view();
    assert_eq!((view.state, view.started_at), (RunState::Completed, Some(begun[0].time)));
}

#[test]
fn a_run_that_waits_can_be_cancelled_and_never_began() {
    let mut world = World::new(&program("", &STEPS));
    world.queue();
    world.feed(Input::Cancel { reason: Some("too long".to_owned()) });
    assert_eq!(world.feed(Input::Turn), []);
    world.finish();
    assert_trace(&world, "execution.queued\nexecution.cancelling too long\nexecution.cancelled too long");
    assert_eq!((world.view().state, world.view().started_at), (RunState::Cancelled, None));
}
