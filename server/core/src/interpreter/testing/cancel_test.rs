//! Cancellation, and inputs that come too late, twice, or for nothing that exists.

use super::answers::{program, stumbles, tool_says};
use super::trace::{assert_events, assert_trace};
use super::world::{World, run_id};
use crate::execution::RunState;
use crate::interpreter::{Input, ObligationId, Phase, State};
use serde_json::json;

const PAIR: [&str; 3] = [
    "{ id: a, type: parallel, branches: [l, r] }",
    "{ id: l, type: tool, tool: x.l }",
    "{ id: r, type: wait, seconds: 60 }",
];

fn cancel(reason: &str) -> Input {
    Input::Cancel { reason: Some(reason.to_owned()) }
}

fn outcome(obligation: ObligationId) -> Input {
    Input::Outcome { obligation, result: Box::new(tool_says(json!(1)).outcome()) }
}

#[test]
fn a_cancelled_run_has_nothing_due_and_ends_when_all_has_stopped() {
    let mut world = World::new(&program("", &PAIR));
    world.start();
    let (call, timer) = (world.id("a/l#call@1"), world.id("a/r#wait"));
    assert_events(&world.feed(cancel("wrong quarter")), "execution.cancelling wrong quarter");
    assert_eq!(world.state.due(), []);
    assert_eq!(world.view().state, RunState::Cancelling);
    let deadline: ObligationId = serde_json::from_value(json!("#deadline")).unwrap();
    for late in [
        outcome(call),
        Input::TimerFired { obligation: timer },
        Input::TimerFired { obligation: deadline },
        cancel("again"),
        Input::Interrupted { obligations: vec![] },
    ] {
        assert_eq!(world.feed(late), []);
    }
    assert_events(&world.feed(Input::Stopped), "execution.cancelled wrong quarter");
    let view = world.view();
    assert_eq!(
        (view.state, view.error.as_deref()),
        (RunState::Cancelled, Some("The execution was cancelled"))
    );
}

#[test]
fn a_run_that_was_being_cancelled_at_a_crash_is_cancelled() {
    let mut world = World::new(&program("", &PAIR));
    world.start();
    world.feed(cancel("enough"));
    world.crash();
    assert_eq!(world.view().state, RunState::Cancelled);
}

#[test]
fn nothing_follows_the_end() {
    let mut world = World::new(&program("", &PAIR)).run();
    let seq = world.state.last_seq();
    for late in [
        cancel("late"),
        Input::Stopped,
        Input::Recovered,
        outcome(serde_json::from_value(json!("a/l#call@1")).unwrap()),
        Input::TimerFired { obligation: serde_json::from_value(json!("#deadline")).unwrap() },
    ] {
        assert_eq!(world.feed(late), []);
    }
    world.start();
    assert_eq!((world.state.last_seq(), world.state.phase()), (seq, Phase::Ended));
    assert_eq!(world.state.due(), []);
}

#[test]
fn before_the_start_nothing_follows_from_anything() {
    let program = program("", &PAIR);
    let mut world = World::new(&program);
    for early in [
        cancel("early"),
        Input::Stopped,
        Input::Recovered,
        outcome(serde_json::from_value(json!("a/l#call@1")).unwrap()),
    ] {
        assert_eq!(world.feed(early), []);
    }
    assert_eq!(world.state, State::new(run_id(), program));
    assert_eq!(world.state.due(), []);
    world.start();
    assert_eq!(world.state.phase(), Phase::Running);
    assert_eq!(world.feed(Input::Stopped), [], "nobody asked for it");
}

#[test]
fn outcomes_that_come_twice_or_for_an_attempt_that_was_given_up_are_passed_over() {
    let step = "{ id: a, type: tool, tool: x.y, next: b }";
    let mut world = World::new(&program("", &[step, "{ id: b, type: wait, seconds: 1 }"]));
    world.start();
    let first = world.id("a#call@1");
    let failed = Input::Outcome { obligation: first.clone(), result: Box::new(stumbles().outcome()) };
    assert_events(&world.feed(failed.clone()), "step.retrying a call@2 error in 500 ms");
    assert_eq!(world.feed(failed), []);
    assert_eq!(world.feed(outcome(first)), []);
    let second = world.id("a#call@2");
    assert_eq!(world.state.activity(&second).map(|activity| activity.name()), Some("execute_tool"));
    assert_ne!(world.feed(outcome(second.clone())), []);
    assert_eq!(world.feed(outcome(second)), []);
    world.finish();
    assert_eq!(world.view().state, RunState::Completed);
}

#[test]
fn ids_that_name_nothing_open_change_nothing() {
    let mut world = World::new(&program("", &PAIR));
    world.start();
    for id in [
        "",
        "#",
        "@",
        "#@",
        "a",
        "a#",
        "a#call",
        "a#call@1",
        "a/l#call@",
        "a/l#call@x",
        "a/l#call@2",
        "a/l#call@+1",
        "a/l#call@01",
        "a/l#call@99999999999999999999",
        "a/l#wait",
        "a#deadline",
        "a/r#deadline",
        "a/r#call@1",
        "a/l#t1@1",
        "a/l/#call@1",
        "/a/l#call@1",
        "a/l#t1.c0@1",
        "a/l#c@1",
        "zzz#wait",
        "a/r##wait",
        "é#é@é",
    ] {
        let obligation: ObligationId = serde_json::from_value(json!(id)).unwrap();
        assert_eq!(world.state.activity(&obligation), None, "{id}");
        for input in [
            outcome(obligation.clone()),
            Input::TimerFired { obligation: obligation.clone() },
            Input::Interrupted { obligations: vec![obligation] },
        ] {
            assert_eq!(world.feed(input), [], "{id}");
        }
    }
    world.finish();
    assert_trace(
        &world,
        r#"step.started a parallel
           step.started a/l tool
           tool.called a/l call x.l
           step.started a/r wait
           timer.started a/r in 60000 ms
           step.completed a/l {}
           timer.fired a/r
           step.completed a/r null
           step.completed a {"l":{},"r":null}
           execution.completed {"l":{},"r":null}"#,
    );
}
