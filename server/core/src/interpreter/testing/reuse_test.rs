//! Trying a run again from where it failed.

use serde_json::json;

use super::answers::{breaks, ends_badly, program, tool_says};
use super::trace::assert_trace;
use super::world::World;
use crate::error::ErrorCode;
use crate::execution::{Decision, EventKind, Verdict};
use crate::interpreter::{Input, Phase};
use crate::workflow::program::Program;
use std::sync::Arc;

/// Fails in the world that `set_up` makes, and is tried again in one where everything works.
fn again(program: &Arc<Program>, set_up: impl FnOnce(World) -> World) -> World {
    let failed = set_up(World::new(program)).run();
    let end = failed.log.last().map(|event| &event.kind);
    assert!(matches!(end, Some(EventKind::ExecutionFailed { .. })), "{end:?}");
    let mut world = World::new(program);
    world.start_again(&failed);
    world
}

fn done(world: &World) -> Vec<&str> {
    world.done.iter().map(|(id, _)| id.as_str()).collect()
}

const CHAIN: [&str; 3] = [
    "{ id: a, type: tool, tool: x.y, arguments: { n: 1 }, next: b }",
    "{ id: b, type: tool, tool: x.y, arguments: { n: \"{{ steps.a.output.n }}\" }, next: c }",
    "{ id: c, type: transform, value: \"{{ steps.b.output.n }}\" }",
];

#[test]
fn steps_that_ended_are_not_done_again() {
    let program = program("limits: { max_steps: 3 }", &CHAIN);
    let mut world = again(&program, |world| world.answer("b#call@1", breaks()));
    assert_eq!(world.state.steps_begun(), 1, "what is taken over is no work of this run");
    world.finish();
    assert_trace(
        &world,
        r#"step.started a tool reused
           step.completed a {"n":1}
           step.started b tool
           tool.called b call x.y
           step.completed b {"n":1}
           step.started c transform
           step.completed c 1
           execution.completed 1"#,
    );
    assert_eq!(done(&world), ["b#call@1"]);
    let view = world.view();
    assert_eq!((view.metadata.attempts, view.progress.steps_done), (2, 3));
    assert_eq!(view.metadata.retry_of, Some(super::world::run_id()));
}

#[test]
fn what_is_taken_over_is_in_the_log_before_the_run_has_its_turn() {
    let program = program("", &CHAIN);
    let failed = World::new(&program).answer("b#call@1", breaks()).run();
    let mut world = World::new(&program);
    world.queue_again(&failed);
    assert_eq!(world.state.due(), vec![]);
    world.state = crate::interpreter::recover(super::world::run_id(), Arc::clone(&program), &world.log);
    world.feed(Input::Turn);
    world.finish();
    assert_eq!(done(&world), ["b#call@1"]);
}

#[test]
fn a_run_that_came_to_nothing_is_done_anew() {
    let program = program("", &CHAIN);
    let mut world = again(&program, |world| world.answer("a#call@1", breaks()));
    world.finish();
    assert_eq!(done(&world), ["a#call@1", "b#call@1"]);
}

#[test]
fn a_run_that_failed_behind_its_last_step_fails_there_again() {
    let program = program("output_schema: { type: string }", &CHAIN);
    let world = again(&program, |world| world);
    assert_eq!((world.state.phase(), done(&world)), (Phase::Ended, vec![]));
}

#[test]
fn passes_that_ended_stay_and_those_between_them_are_done() {
    let steps = [
        "{ id: each, type: map, items: [a, b, c, d], as: doc, steps: [read, rate], max_concurrency: 3 }",
        "{ id: read, type: tool, tool: x.y, arguments: { doc: \"{{ doc }}\" } }",
        "{ id: rate, type: tool, tool: x.z, arguments: { rated: \"{{ steps.read.output.doc }}\" } }",
    ];
    let program = program("", &steps);
    // The third item is through, the first is half way, and the second fails.
    let failed = |world: World| world.answer("each#1/read#call@1", breaks());
    let mut first = failed(World::new(&program));
    first.start();
    first.give("each#2/read#call@1", tool_says(json!({"doc": "c"})));
    first.give("each#2/rate#call@1", tool_says(json!({"rated": "c"})));
    first.give("each#0/read#call@1", tool_says(json!({"doc": "a"})));
    first.give("each#1/read#call@1", breaks());
    assert_eq!(first.state.phase(), Phase::Ended);
    let mut world = World::new(&program);
    world.start_again(&first);
    assert_eq!(world.open_calls(), ["each#0/rate#call@1", "each#1/read#call@1", "each#3/read#call@1"]);
    world.finish();
    let output = json!([{"rated": "a"}, {"rated": "b"}, {"rated": "c"}, {"rated": "d"}]);
    assert!(matches!(&world.log.last().unwrap().kind,
        EventKind::ExecutionCompleted { output: found } if **found == output));
}

#[test]
fn rounds_that_ended_stay() {
    let steps = [
        "{ id: again, type: loop, while: \"index < 3\", steps: [ask, look], max_iterations: 5 }",
        "{ id: ask, type: tool, tool: x.y, arguments: { n: \"{{ index }}\" } }",
        "{ id: look, type: tool, tool: x.z, arguments: { n: \"{{ steps.ask.output.n }}\" } }",
    ];
    for (breaking, left) in [
        ("again#1/look#call@1", &["again#1/look#call@1", "again#2/ask#call@1", "again#2/look#call@1"][..]),
        ("again#2/ask#call@1", &["again#2/ask#call@1", "again#2/look#call@1"]),
    ] {
        let mut world = again(&program("", &steps), |world| world.answer(breaking, breaks()));
        world.finish();
        assert_eq!(done(&world), left);
    }
}

#[test]
fn branches_that_ended_stay_and_containers_inside_go_on_where_they_were() {
    let steps = [
        "{ id: both, type: parallel, branches: [left, right, other], fail: wait, next: end }",
        "{ id: left, type: tool, tool: x.y, arguments: { n: 1 } }",
        "{ id: right, type: map, items: [1, 2], steps: [one], max_concurrency: 1 }",
        "{ id: one, type: tool, tool: x.y, arguments: { n: \"{{ item }}\" } }",
        "{ id: other, type: tool, tool: x.y, arguments: { n: 3 } }",
        "{ id: end, type: transform, value: \"{{ steps.both.output }}\" }",
    ];
    let mut world = again(&program("", &steps), |world| {
        world.answer("both/right#1/one#call@1", breaks()).answer("both/other#call@1", breaks())
    });
    assert_eq!(world.open_calls(), ["both/other#call@1", "both/right#1/one#call@1"]);
    world.finish();
    let output = json!({"left": {"n": 1}, "right": [{"n": 1}, {"n": 2}], "other": {"n": 3}});
    assert!(matches!(&world.log.last().unwrap().kind,
        EventKind::ExecutionCompleted { output: found } if **found == output));
}

#[test]
fn failures_that_the_definition_lives_with_are_outcomes_too() {
    let steps = [
        "{ id: a, type: tool, tool: x.y, on_error: continue, next: b }",
        "{ id: b, type: tool, tool: x.y, arguments: { a: \"{{ steps.a.output }}\" } }",
    ];
    let mut world =
        again(&program("", &steps), |world| world.answer("a#call@1", breaks()).answer("b#call@1", breaks()));
    world.finish();
    assert_eq!(done(&world), ["b#call@1"]);
    assert!(world.log.iter().any(|event| matches!(&event.kind, EventKind::StepFailed { handled: true, .. })));
}

#[test]
fn decisions_stand_and_what_was_rejected_is_asked_again() {
    let steps = [
        "{ id: first, type: approval, prompt: One?, next: second }",
        "{ id: second, type: approval, prompt: Two? }",
    ];
    let program = program("", &steps);
    let decide = |world: &mut World, approval: &str, decision: Verdict| {
        let decision = Box::new(Decision { decision, data: None, comment: None, by: None });
        world.feed(Input::Decision { approval: approval.to_owned(), decision })
    };
    let mut failed = World::new(&program);
    failed.start();
    decide(&mut failed, "first", Verdict::Approve);
    decide(&mut failed, "second", Verdict::Reject);
    let mut world = World::new(&program);
    world.start_again(&failed);
    assert!(decide(&mut world, "first", Verdict::Reject).is_empty(), "that was decided");
    decide(&mut world, "second", Verdict::Approve);
    assert_eq!(world.state.phase(), Phase::Ended);
}

#[test]
fn a_child_that_failed_is_another_run() {
    let steps = ["{ id: sub, type: workflow, workflow: other }"];
    let world = again(&program("", &steps), |world| {
        world.answer("sub#child@1", ends_badly(ErrorCode::ProviderError))
    });
    assert_eq!(world.state.due().len(), 2, "the run's deadline and the child");
    assert!(world.log.iter().all(|event| !matches!(event.kind, EventKind::StepStarted { reused: true, .. })));
}
