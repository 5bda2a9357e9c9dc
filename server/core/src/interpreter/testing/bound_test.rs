//! Bounds that no definition sets: size and depth of values, and the work of one decision.

use std::sync::Arc;

use serde_json::{Value, json};

use super::answers::{asks, program, says, tool_says};
use super::world::World;
use crate::error::ErrorCode;
use crate::execution::{EventKind, ExecutionView};
use crate::ids::ExecutionId;
use crate::interpreter::{Input, Phase, Start, State, transition};
use crate::json::Json;
use crate::time::Timestamp;
use crate::workflow::program::Program;

fn nested(levels: usize) -> Value {
    (0..levels).fold(Value::Null, |inner, _| json!([inner]))
}

#[test]
fn a_value_that_the_log_could_not_be_read_back_with_is_refused() {
    // The world reads every event back from its text: 96 levels fit.
    for (levels, code) in [
        (96, None),
        (97, Some(ErrorCode::ToolFailed)),
        (500, Some(ErrorCode::ToolFailed)),
    ] {
        let world = World::new(&program(
            "result_mode: raw",
            &["{ id: a, type: tool, tool: x.y }"],
        ))
        .otherwise(move |_, _| tool_says(nested(levels)))
        .run();
        assert_eq!(world.view().code, code.map(Into::into), "{levels}");
        serde_json::from_str::<Value>(&serde_json::to_string(&world.view()).unwrap()).unwrap();
    }
}

#[test]
fn templates_cannot_pile_values_up() {
    let steps = [
        "{ id: a, type: tool, tool: x.y, next: b }",
        "{ id: b, type: transform, value: { more: \"{{ steps.a.output }}\" } }",
    ];
    let world = World::new(&program("", &steps))
        .otherwise(|_, _| tool_says(nested(96)))
        .run();
    assert_eq!(world.view().code, Some(ErrorCode::DefinitionError.into()));
    let joined = [
        "{ id: a, type: parallel, branches: [b] }",
        "{ id: b, type: tool, tool: x.y }",
    ];
    let world = World::new(&program("", &joined))
        .otherwise(|_, _| tool_says(nested(96)))
        .run();
    assert_eq!(world.view().code, Some(ErrorCode::DefinitionError.into()));
    let answer = ["{ id: a, type: llm, model: scripted/x, prompt: hi, output_schema: { type: array } }"];
    let world = World::new(&program("", &answer))
        .otherwise(|_, _| says(&nested(97).to_string()))
        .run();
    assert_eq!(world.view().code, Some(ErrorCode::InvalidOutput.into()));
}

#[test]
fn a_tools_flood_is_refused_and_an_agent_is_told() {
    let world = World::new(&program("", &["{ id: a, type: agent, agent: clerk }"]))
        .answer("a#t1@1", asks(&[("builtin.echo", json!(1))]))
        .answer("a#t1.c0@1", tool_says(json!("x".repeat(9 << 20))))
        .run();
    assert_eq!(world.view().code, None);
    let told = world.log.iter().find_map(|event| match &event.kind {
        EventKind::ToolResult { result, .. } => result.as_ref().err().map(|failure| failure.error.clone()),
        _ => None,
    });
    assert_eq!(told.as_deref(), Some("The tool's output is larger than 8 MiB"));
}

#[test]
fn a_conversation_cannot_grow_for_ever() {
    let calls: Vec<_> = (0..8).map(|n| ("builtin.echo", json!(n))).collect();
    let world = World::new(&program("", &["{ id: a, type: agent, agent: clerk }"]))
        .answer("a#t1@1", asks(&calls))
        .otherwise(|_, _| tool_says(json!("x".repeat(7 << 20))))
        .run();
    assert_eq!(world.view().code, Some(ErrorCode::BudgetExceeded.into()));
    assert_eq!(world.done.len(), 4, "one message, three answers of 7 MiB");
}

fn start(program: &Arc<Program>) -> (State, Vec<crate::execution::Event>) {
    let mut state = State::new(Arc::clone(program));
    let start = Start {
        workflow_slug: "test".to_owned(),
        input: Json::new(json!("hello")),
        context: Json::new(json!({})),
        session_id: None,
        pins: crate::execution::Pins::default(),
    };
    let events = transition(
        &mut state,
        Input::Start(Box::new(start)),
        Timestamp::from_millis(1),
    );
    (state, events)
}

fn chain(count: usize) -> Vec<String> {
    let step = |n: usize| {
        let id = if n == 0 { "a".to_owned() } else { format!("s{n}") };
        let next = if n + 1 < count {
            format!(", next: s{}", n + 1)
        } else {
            String::new()
        };
        format!("{{ id: {id}, type: transform, value: {n}{next} }}")
    };
    (0..count).map(step).collect()
}

/// Were the work of a decision to grow with the square of its steps, these two would take minutes.
#[test]
fn ten_thousand_steps_in_a_row_are_one_decision() {
    let steps = chain(10_000);
    let steps: Vec<_> = steps.iter().map(String::as_str).collect();
    let (state, events) = start(&program("limits: { max_steps: 10000 }", &steps));
    assert_eq!(state.phase(), Phase::Ended);
    assert_eq!(events.len(), 2 + 2 * 10_000 + 1);
    let view = ExecutionView::fold(ExecutionId::from_uuid(1), &events).unwrap();
    assert_eq!(view.progress.steps_done, 10_000);
}

#[test]
fn a_thousand_branches_begin_and_end_in_one_decision_each() {
    let ids =
        |count: usize, prefix: &str| -> Vec<String> { (0..count).map(|n| format!("{prefix}{n}")).collect() };
    let parallel = |id: &str, branches: &[String], more: &str| {
        format!(
            "{{ id: {id}, type: parallel, branches: [{}]{more} }}",
            branches.join(", ")
        )
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
            let deadline = due
                .into_iter()
                .find(|due| due.id.as_str() == "a#deadline")
                .unwrap();
            let fired = Input::TimerFired {
                obligation: deadline.id,
            };
            events.extend(transition(&mut state, fired, Timestamp::from_millis(9_001)));
        }
        assert_eq!(state.phase(), Phase::Ended, "{kind}");
        let view = ExecutionView::fold(ExecutionId::from_uuid(1), &events).unwrap();
        assert_eq!(view.progress.steps_done, 1_011, "{kind}");
    }
}
