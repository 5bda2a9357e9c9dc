//! Crashes, orderly restarts, and clocks that jump.

use serde_json::json;

use super::answers::{asks, program, stumbles, tool_says};
use super::trace::{assert_events, assert_trace};
use super::world::World;
use crate::error::ErrorCode;
use crate::execution::RunState;
use crate::failure::Failure;
use crate::interpreter::{Duty, Input};
use crate::time::Timestamp;

const CALL: &str = "{ id: a, type: tool, tool: x.y, retry: { max_attempts: 3, initial_interval_ms: 30000 } }";

#[test]
fn an_activity_in_doubt_is_done_again_under_the_same_key_and_the_second_time_quarantined() {
    let mut world = World::new(&program("", &[CALL]));
    world.start();
    let before = world.open_calls();
    world.crash();
    assert_eq!(world.open_calls(), before);
    world.crash();
    assert_trace(
        &world,
        "step.started a tool
         tool.called a call x.y
         step.retrying a call@1 in_doubt
         execution.failed quarantined",
    );
    assert_eq!(world.view().state, RunState::Failed);
}

#[test]
fn an_activity_that_came_back_after_its_doubt_is_past_it() {
    let mut world = World::new(&program("", &[CALL]));
    world.start();
    world.crash();
    world.give("a#call@1", stumbles());
    world.now = world.now.plus_millis(60_000);
    world.crash();
    world.finish();
    assert_trace(
        &world,
        "step.started a tool
         tool.called a call x.y
         step.retrying a call@1 in_doubt
         step.retrying a call@2 error in 30000 ms
         step.retrying a call@2 in_doubt
         step.completed a {}
         execution.completed {}",
    );
}

#[test]
fn an_activity_that_waits_for_its_pause_is_not_in_doubt() {
    let mut world = World::new(&program("", &[CALL]));
    world.start();
    world.give("a#call@1", stumbles());
    for _ in 0..3 {
        world.now = world.now.plus_millis(9_000);
        let last = world.state.last_seq();
        world.crash();
        assert_eq!(world.state.last_seq(), last);
    }
    assert_eq!(world.open_calls(), ["a#call@2"]);
}

#[test]
fn orderly_restarts_never_quarantine() {
    let mut world = World::new(&program("", &[CALL]));
    world.start();
    for _ in 0..5 {
        world.restart();
        assert_eq!(world.open_calls(), ["a#call@1"]);
    }
    world.finish();
    let restart = "step.retrying a call@1 interrupted
                   step.retrying a call@1 resumed
                   ";
    assert_trace(
        &world,
        &format!(
            "step.started a tool
             tool.called a call x.y
             {}step.completed a {{}}
             execution.completed {{}}",
            restart.repeat(5)
        ),
    );
}

#[test]
fn an_outcome_that_arrives_while_its_activity_is_being_stopped_counts() {
    let mut world = World::new(&program("", &[CALL]));
    world.start();
    let obligation = world.id("a#call@1");
    world.feed(Input::Interrupted { obligations: vec![obligation.clone(), obligation.clone()] });
    world.feed(Input::Outcome { obligation, result: Box::new(tool_says(json!("in time")).outcome()) });
    assert_trace(
        &world,
        r#"step.started a tool
           tool.called a call x.y
           step.retrying a call@1 interrupted
           step.completed a "in time"
           execution.completed "in time""#,
    );
}

#[test]
fn a_pause_goes_on_after_an_orderly_restart() {
    let mut world = World::new(&program("", &[CALL]));
    world.start();
    world.give("a#call@1", stumbles());
    let due = world.due("a#call@2");
    world.now = world.now.plus_millis(10_000);
    world.restart();
    assert_eq!(world.due("a#call@2"), due);
}

#[test]
fn every_open_activity_is_accounted_for() {
    let steps = [
        "{ id: a, type: parallel, branches: [l, r, w] }",
        "{ id: l, type: tool, tool: x.l }",
        "{ id: r, type: agent, agent: clerk }",
        "{ id: w, type: wait, seconds: 60 }",
    ];
    let calls = asks(&[("builtin.echo", json!(1)), ("crm.query", json!(2))]);
    let mut world = World::new(&program("", &steps));
    world.start();
    let timer = world.due("a/w#wait");
    world.give("a/r#t1@1", calls);
    let open = ["a/l#call@1", "a/r#t1.c0@1", "a/r#t1.c1@1"];
    assert_eq!(world.open_calls(), open);
    let from = world.log.len();
    world.crash();
    assert_eq!(world.open_calls(), open);
    assert_eq!(world.due("a/w#wait"), timer, "timers are not in doubt");
    world.restart();
    assert_events(
        &world.log[from..],
        "step.retrying a/l call@1 in_doubt
         step.retrying a/r t1.c0@1 in_doubt
         step.retrying a/r t1.c1@1 in_doubt
         step.retrying a/l call@1 interrupted
         step.retrying a/r t1.c0@1 interrupted
         step.retrying a/r t1.c1@1 interrupted
         step.retrying a/l call@1 resumed
         step.retrying a/r t1.c0@1 resumed
         step.retrying a/r t1.c1@1 resumed",
    );
    // Only one of them is in doubt for the second time: nothing is begun again.
    let from = world.log.len();
    world.crash();
    assert_events(&world.log[from..], "execution.failed quarantined");
}

#[test]
fn a_run_that_only_waits_recovers_without_a_word() {
    let mut world = World::new(&program("", &["{ id: a, type: wait, seconds: 60 }"]));
    world.start();
    let (seq, due) = (world.state.last_seq(), world.state.due());
    world.now = world.now.plus_millis(90_000);
    world.crash();
    assert_eq!((world.state.last_seq(), world.state.due()), (seq, due));
    world.finish();
    assert_eq!(world.view().state, RunState::Completed);
}

#[test]
fn a_clock_that_is_set_back_neither_turns_the_log_around_nor_freezes_what_comes_next() {
    let steps = ["{ id: a, type: tool, tool: x.y, next: b }", "{ id: b, type: wait, seconds: 5 }"];
    let mut world = World::new(&program("", &steps));
    world.start();
    let began = world.now;
    let hour_back = Timestamp::from_millis(began.millis() - 3_600_000);
    world.now = hour_back;
    // Times of the log never fall; the world checks it at every event.
    world.give("a#call@1", stumbles());
    assert_eq!(world.log.last().unwrap().time, began);
    let pause = Duty::Call { not_before: Some(hour_back.plus_millis(500)), timeout_ms: None };
    assert_eq!(world.due("a#call@2"), pause);
    let seq = world.state.last_seq();
    world.crash();
    assert_eq!(world.state.last_seq(), seq, "it waits for its pause");
    world.finish();
    let elapsed = world.now.millis_since(hour_back);
    assert!((5_500..6_000).contains(&elapsed), "{elapsed} ms by the clock that was set back");
}

#[test]
fn one_activity_in_doubt_is_accounted_for_alone() {
    let steps = [
        "{ id: a, type: parallel, branches: [l, r] }",
        "{ id: l, type: tool, tool: x.l }",
        "{ id: r, type: tool, tool: x.r }",
    ];
    let mut world = World::new(&program("", &steps));
    world.start();
    let (left, before) = (world.id("a/l#call@1"), world.open_calls());
    assert_eq!(world.feed(Input::InDoubt { obligation: left.clone() }).len(), 1);
    assert_eq!(world.open_calls(), before, "the same attempt, under the same key");
    world.give("a/r#call@1", stumbles());
    world.feed(Input::InDoubt { obligation: left.clone() });
    assert_eq!(world.view().code.map(|code| code.to_string()).as_deref(), Some("quarantined"));
    assert!(world.feed(Input::InDoubt { obligation: left }).is_empty());
}

#[test]
fn a_doubt_about_an_attempt_that_came_back_is_none() {
    let mut world = World::new(&program("", &[CALL]));
    world.start();
    let first = world.id("a#call@1");
    world.give("a#call@1", stumbles());
    assert!(world.feed(Input::InDoubt { obligation: first }).is_empty());
}

#[test]
fn a_run_that_its_engine_gives_up_ends_with_the_engines_sentence() {
    let mut world = World::new(&program("", &[CALL]));
    world.start();
    let failure = Box::new(Failure::new(ErrorCode::BudgetExceeded, "It is too long"));
    world.feed(Input::Cancel { reason: None });
    world.feed(Input::Abandoned { failure: failure.clone() });
    assert_eq!(world.view().state, RunState::BudgetExceeded);
    assert_eq!(world.view().error.as_deref(), Some("It is too long"));
    assert!(world.feed(Input::Abandoned { failure }).is_empty());
}
