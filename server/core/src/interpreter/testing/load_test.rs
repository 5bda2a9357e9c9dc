//! The work of one decision: it must grow with the steps, not with their square.

use std::sync::Arc;

use serde_json::json;

use super::answers::program;
use super::world::run_id;
use crate::error::ErrorCode;
use crate::execution::{Event, EventKind, ExecutionView, Pins};
use crate::ids::ExecutionId;
use crate::interpreter::{Input, Phase, Start, State, transition};
use crate::json::Json;
use crate::time::Timestamp;
use crate::workflow::program::Program;

/// The first decision of a run.
pub fn start(program: &Arc<Program>) -> (State, Vec<Event>) {
    let mut state = State::new(run_id(), Arc::clone(program));
    let start = Start {
        workflow_slug: "test".to_owned(),
        input: Json::new(json!("hello")),
        context: Json::new(json!({})),
        session_id: None,
        pins: Pins::default(),
        parent: None,
        retry: None,
    };
    let events = transition(&mut state, Input::Start(Box::new(start)), Timestamp::from_millis(1));
    (state, events)
}

/// Steps in a row; `body` says what each is.
pub fn row(count: usize, body: impl Fn(usize) -> String) -> Vec<String> {
    let id = |n: usize| if n == 0 { "a".to_owned() } else { format!("s{n}") };
    let next = |n: usize| {
        if n + 1 < count { format!(", next: s{}", n + 1) } else { String::new() }
    };
    (0..count).map(|n| format!("{{ id: {}, {}{} }}", id(n), body(n), next(n))).collect()
}

/// Were the work of a decision to grow with the square of its steps, these would take minutes.
#[test]
fn ten_thousand_steps_in_a_row_are_one_decision() {
    let steps = row(10_000, |n| format!("type: transform, value: {n}"));
    let steps: Vec<_> = steps.iter().map(String::as_str).collect();
    let (state, events) = start(&program("limits: { max_steps: 10000 }", &steps));
    assert_eq!(state.phase(), Phase::Ended);
    assert_eq!(events.len(), 2 + 2 * 10_000 + 1);
    let view = ExecutionView::fold(ExecutionId::from_uuid(1), &events).unwrap();
    assert_eq!(view.progress.steps_done, 10_000);
}

#[test]
fn ten_thousand_passes_are_one_decision() {
    let map = [
        "{ id: a, type: map, items: \"{{ range(9999) }}\", steps: [b], max_concurrency: 100 }",
        "{ id: b, type: transform, value: \"{{ item }}\" }",
    ];
    let (state, events) = start(&program("limits: { max_steps: 10000 }", &map));
    assert_eq!(state.phase(), Phase::Ended);
    assert_eq!(events.len(), 2 + 2 * 10_000 + 1);
    let view = ExecutionView::fold(ExecutionId::from_uuid(1), &events).unwrap();
    assert_eq!((view.progress.steps_done, view.code), (10_000, None));
}

/// A million rounds are written down; the run's own bound ends them.
#[test]
fn loops_inside_loops_that_would_not_end_meet_the_bound_of_the_run() {
    let steps = [
        "{ id: a, type: loop, while: \"true\", steps: [b], max_iterations: 1000 }",
        "{ id: b, type: loop, while: \"true\", steps: [c], max_iterations: 1000 }",
        "{ id: c, type: transform, value: \"{{ index }}\" }",
    ];
    let (state, events) = start(&program("limits: { max_steps: 10000 }", &steps));
    assert_eq!(state.phase(), Phase::Ended);
    let view = ExecutionView::fold(ExecutionId::from_uuid(1), &events).unwrap();
    assert_eq!(view.code, Some(ErrorCode::BudgetExceeded.into()));
    let begun = events.iter().filter(|event| matches!(event.kind, EventKind::StepStarted { .. })).count();
    assert_eq!(begun, 10_000);
    assert_eq!(
        view.error.as_deref(),
        Some("The execution reached its limit of 10000 steps (limits.max_steps)")
    );
}

#[test]
fn a_thousand_branches_begin_and_end_in_one_decision_each() {
    let ids =
        |count: usize, prefix: &str| -> Vec<String> { (0..count).map(|n| format!("{prefix}{n}")).collect() };
    let parallel = |id: &str, branches: &[String], more: &str| {
        format!("{{ id: {id}, type: parallel, branches: [{}]{more} }}", branches.join(", "))
    };
    for kind in ["transform, value: 1", "wait, seconds: 60"] {
        let tens = ids(10, "p");
        let mut steps = vec![parallel("a", &tens, ", timeout_seconds: 9")];
        for ten in &tens {
            let hundred = ids(100, &format!("{ten}_"));
            steps.push(parallel(ten, &hundred, ""));
            steps.extend(hundred.iter().map(|id| format!("{{ id: {id}, type: {kind} }}")));
        }
        let steps: Vec<_> = steps.iter().map(String::as_str).collect();
        let (mut state, mut events) = start(&program("limits: { max_steps: 2000 }", &steps));
        if state.phase() == Phase::Running {
            let due = state.due();
            assert_eq!(due.len(), 1_002, "two deadlines and a timer for each branch");
            let deadline = due.into_iter().find(|due| due.id.as_str() == "a#deadline").unwrap();
            let fired = Input::TimerFired { obligation: deadline.id };
            events.extend(transition(&mut state, fired, Timestamp::from_millis(9_001)));
        }
        assert_eq!(state.phase(), Phase::Ended, "{kind}");
        let view = ExecutionView::fold(ExecutionId::from_uuid(1), &events).unwrap();
        assert_eq!(view.progress.steps_done, 1_011, "{kind}");
    }
}
