//! The projection: what callers see of a run, while it goes on and at its end.

use serde_json::{Value, json};

use super::answers::{asks, breaks, program, says, tool_says};
use super::world::World;
use crate::execution::{ExecutionView, RunState, Status};
use crate::ids::ExecutionId;
use crate::interpreter::Input;

fn result(head: &str, output: Value) -> Value {
    let world = World::new(&program(head, &["{ id: a, type: tool, tool: x.y }"]))
        .otherwise(move |_, _| tool_says(output.clone()))
        .run();
    (*world.view().result.unwrap()).clone()
}

#[test]
fn a_merged_result_is_the_outputs_members_and_ours_beside_them() {
    let metadata = json!({
        "duration_ms": 10, "agents_used": [], "workflow_version": 7, "attempts": 1,
        "usage": {"input_tokens": 0, "output_tokens": 0, "cost_usd": 0.0},
    });
    for (output, expected) in [
        (json!("text"), json!({"content": "text", "data": null})),
        (json!({"n": 1}), json!({"n": 1, "content": "{\"n\":1}", "data": {"n": 1}})),
        (
            json!({"content": "said", "data": 5, "metadata": 6}),
            json!({"content": "said", "data": {"content": "said", "data": 5, "metadata": 6}}),
        ),
        (json!([1, 2]), json!({"content": "[1,2]", "data": [1, 2]})),
        (json!(null), json!({"content": "null", "data": null})),
    ] {
        let mut expected = expected;
        expected["metadata"] = metadata.clone();
        assert_eq!(result("", output), expected);
    }
}

#[test]
fn a_raw_result_is_the_output_alone() {
    for output in [json!("text"), json!({"n": 1}), json!([1, 2]), json!(null)] {
        assert_eq!(result("result_mode: raw", output.clone()), output);
    }
}

#[test]
fn progress_names_the_steps_under_way_but_not_the_containers() {
    let steps = [
        "{ id: a, type: parallel, branches: [l, r], next: b }",
        "{ id: l, type: wait, seconds: 5 }",
        "{ id: r, type: tool, tool: x.r }",
        "{ id: b, type: wait, seconds: 5 }",
    ];
    let mut world = World::new(&program("", &steps));
    let mut seen = Vec::new();
    world.start();
    loop {
        let view = world.view();
        let current: Vec<_> = view.progress.current.iter().map(|path| path.as_str().to_owned()).collect();
        seen.push((view.state, current.join(" "), view.progress.steps_done));
        assert_eq!(view.progress.steps_total, 4);
        if view.state.is_terminal() {
            break;
        }
        assert_eq!(view.status, Status::Running);
        assert!(world.turn());
    }
    let expected = [
        (RunState::Running, "a/l a/r", 0),
        (RunState::WaitingTimer, "a/l", 1),
        (RunState::WaitingTimer, "b", 3),
        (RunState::Completed, "", 4),
    ];
    assert_eq!(seen, expected.map(|(state, current, done)| (state, current.to_owned(), done)));
}

#[test]
fn a_wait_that_was_cut_short_no_longer_counts_as_waiting() {
    let steps = [
        "{ id: a, type: wait, seconds: 60, timeout_seconds: 5, on_error: continue, next: b }",
        "{ id: b, type: tool, tool: x.y }",
    ];
    let mut world = World::new(&program("", &steps));
    world.start();
    assert_eq!(world.view().state, RunState::WaitingTimer);
    assert!(world.turn());
    let view = world.view();
    assert_eq!(view.state, RunState::Running);
    assert_eq!(view.progress.current.len(), 1);
}

#[test]
fn metadata_counts_agents_and_what_they_consumed() {
    let steps = [
        "{ id: a, type: agent, agent: spare, next: b }",
        "{ id: b, type: agent, agent: clerk, next: c }",
        "{ id: c, type: agent, agent: spare, next: d }",
        "{ id: d, type: llm, model: scripted/x, prompt: hi }",
    ];
    let world = World::new(&program("", &steps)).answer("b#t1@1", asks(&[("builtin.echo", json!(1))])).run();
    let metadata = world.view().metadata;
    assert_eq!(metadata.agents_used, ["spare", "clerk"]);
    assert_eq!((metadata.usage.input_tokens, metadata.usage.output_tokens), (50, 25));
    assert_eq!(metadata.usage.cost_micros, 500);
    assert_eq!(metadata.workflow_version, 7);
}

#[test]
fn a_failed_run_says_why_and_whether_to_try_again() {
    let world =
        World::new(&program("", &["{ id: a, type: tool, tool: x.y }"])).answer("a#call@1", breaks()).run();
    let view = serde_json::to_value(world.view()).unwrap();
    let of = |name: &str| view[name].clone();
    assert_eq!(
        ["status", "state", "result", "error", "code", "retryable", "session_id", "workflow_slug"].map(of),
        [
            json!("failed"),
            json!("failed"),
            json!(null),
            json!("It did not work"),
            json!("tool_failed"),
            json!(false),
            json!("session-1"),
            json!("test"),
        ]
    );
    assert_eq!(view["metadata"]["duration_ms"], 10);
    assert!(view["completed_at"].as_str() > view["started_at"].as_str());
}

#[test]
fn every_member_is_there_from_the_beginning() {
    let mut world = World::new(&program("", &["{ id: a, type: llm, model: scripted/x, prompt: hi }"]))
        .answer("a#t1@1", says("x"));
    world.start();
    let members = |view: &ExecutionView| -> Vec<String> {
        let view = serde_json::to_value(view).unwrap();
        view.as_object().unwrap().keys().cloned().collect()
    };
    let begun = members(&world.view());
    world.finish();
    assert_eq!(members(&world.view()), begun);
    assert_eq!(begun.len(), 14);
}

#[test]
fn events_that_were_folded_already_are_passed_over() {
    let world = World::new(&program("", &["{ id: a, type: wait, seconds: 1 }"])).run();
    let mut view = ExecutionView::new(ExecutionId::from_uuid(1), world.log[0].time);
    for event in &world.log {
        view.apply(event);
        for earlier in &world.log[..usize::try_from(event.seq).unwrap()] {
            view.apply(earlier);
        }
    }
    assert_eq!(view, world.view());
}

#[test]
fn a_cancelled_run_keeps_its_figures() {
    let mut world = World::new(&program(
        "",
        &["{ id: a, type: agent, agent: spare, next: b }", "{ id: b, type: wait, seconds: 9 }"],
    ));
    world.start();
    assert!(world.turn());
    world.feed(Input::Cancel { reason: None });
    world.finish();
    let view = world.view();
    assert_eq!((view.state, view.progress.current.len()), (RunState::Cancelled, 0));
    assert_eq!(view.metadata.usage.tokens(), 15);
    assert_eq!(view.retryable, Some(false));
}
