//! The fold, by tables of events.

use std::sync::Arc;

use magone_core::error::ErrorCode;
use magone_core::execution::{RetryReason, TimerReason, Usage};
use serde_json::json;

use super::*;

fn path(text: &str) -> StepPath {
    text.split('/')
        .fold(None, |parent: Option<StepPath>, id| {
            Some(parent.map_or_else(|| StepPath::root(id), |parent| parent.child(id)))
        })
        .unwrap()
}

fn at(seq: u64) -> Timestamp {
    Timestamp::from_millis(1_000_000).plus_millis(seq * 1_000)
}

/// Events one second apart, in their order.
fn log(kinds: impl IntoIterator<Item = EventKind>) -> Vec<Event> {
    (1..).zip(kinds).map(|(seq, kind)| Event { seq, time: at(seq), kind }).collect()
}

fn started(step: &str) -> EventKind {
    EventKind::StepStarted {
        step: path(step),
        kind: "tool".into(),
        title: None,
        request: None,
        branch: None,
        reused: false,
    }
}

fn completed(step: &str) -> EventKind {
    EventKind::StepCompleted { step: path(step), output: Arc::new(json!(step)) }
}

fn retrying(step: &str, attempt: u32, reason: RetryReason, retry_at: Option<Timestamp>) -> EventKind {
    EventKind::StepRetrying {
        step: path(step),
        call: "call".into(),
        attempt,
        fallback: None,
        reason,
        retry_at,
        failure: None,
    }
}

fn order(timeline: &Timeline) -> Vec<&str> {
    timeline.steps().iter().map(|step| step.path.as_str()).collect()
}

#[test]
fn steps_stand_below_their_parent_in_the_order_in_which_they_began() {
    let timeline = Timeline::fold(log([
        started("fetch"),
        started("fetch/sales"),
        started("fetch/policy"),
        started("fetch/sales/clean"),
        completed("fetch/policy"),
        started("analyze"),
        started("fetch/late"),
        started("fetch/sales/sort"),
    ]));
    assert_eq!(
        order(&timeline),
        [
            "fetch",
            "fetch/sales",
            "fetch/sales/clean",
            "fetch/sales/sort",
            "fetch/policy",
            "fetch/late",
            "analyze"
        ]
    );
    for step in timeline.steps() {
        assert_eq!(timeline.step(&step.path), Some(step));
    }
    assert_eq!(timeline.step(&path("fetch/policy")).unwrap().phase, Phase::Completed);
    assert_eq!(timeline.step(&path("fetch/sales/clean")).unwrap().depth, 2);
}

#[test]
fn the_steps_of_a_pass_stay_together() {
    let timeline = Timeline::fold(log([
        started("each"),
        started("each#0/read"),
        started("each#1/read"),
        started("each#1/note"),
        started("each#1/note/inner"),
        started("each#0/note"),
        started("each#10/read"),
        started("each#1/end"),
        started("after"),
    ]));
    assert_eq!(
        order(&timeline),
        [
            "each",
            "each#0/read",
            "each#0/note",
            "each#1/read",
            "each#1/note",
            "each#1/note/inner",
            "each#1/end",
            "each#10/read",
            "after"
        ]
    );
}

#[test]
fn a_step_that_begins_again_keeps_its_place() {
    let timeline = Timeline::fold(log([started("a"), completed("a"), started("b"), started("a")]));
    assert_eq!(order(&timeline), ["a", "b"]);
    let again = timeline.step(&path("a")).unwrap();
    assert_eq!((&again.phase, again.started, again.ended), (&Phase::Running, at(4), None));
}

#[test]
fn the_same_event_twice_counts_once() {
    let events = log([started("a"), completed("a"), started("b")]);
    let once = Timeline::fold(events.clone());
    let twice = Timeline::fold(events.iter().chain(&events).cloned());
    assert_eq!(once, twice);
    assert_eq!(once.last_seq(), 3);
}

#[test]
fn durations_run_to_the_end_or_to_now() {
    let timeline =
        Timeline::fold(log([EventKind::ExecutionStarted {}, started("a"), completed("a"), started("b")]));
    assert_eq!(timeline.step(&path("a")).unwrap().millis(at(60)), 1_000);
    assert_eq!(timeline.step(&path("b")).unwrap().millis(at(60)), 56_000);
    assert_eq!(timeline.span(None), (at(1), at(4)));
    assert_eq!(timeline.span(Some(at(9))), (at(1), at(9)));
    assert_eq!(timeline.span(Some(at(2))), (at(1), at(4)), "a clock that is behind");
}

#[test]
fn the_reason_names_the_retry_then_the_timer_that_fires_first() {
    let mut kinds = vec![
        started("a"),
        started("b"),
        EventKind::TimerStarted { step: path("a"), fire_at: at(90), reason: TimerReason::Wait },
        EventKind::TimerStarted { step: path("b"), fire_at: at(50), reason: TimerReason::Wait },
    ];
    let waiting = Timeline::fold(log(kinds.clone()));
    assert_eq!(waiting.reason(), Some(Reason::Waiting { step: path("b"), until: at(50) }));

    kinds.push(started("c"));
    kinds.push(retrying("c", 3, RetryReason::Error, Some(at(20))));
    let timeline = Timeline::fold(log(kinds.clone()));
    let Some(Reason::Retrying { step, retry }) = timeline.reason() else { panic!("{:?}", timeline.reason()) };
    assert_eq!((step, retry.attempt, retry.not_before), (path("c"), 3, Some(at(20))));
    assert_eq!(timeline.step(&path("c")).unwrap().attempts(), 3);

    kinds.push(EventKind::ExecutionCancelling { reason: Some("enough".into()) });
    let cancelling = Timeline::fold(log(kinds));
    assert_eq!(cancelling.reason(), Some(Reason::Cancelling { reason: Some("enough".into()) }));
}

#[test]
fn what_is_done_again_after_a_crash_is_under_way_at_once() {
    let timeline = Timeline::fold(log([started("a"), retrying("a", 1, RetryReason::InDoubt, None)]));
    let step = timeline.step(&path("a")).unwrap();
    assert_eq!((&step.phase, step.attempts(), step.retries.len()), (&Phase::Running, 1, 1));
}

#[test]
fn the_end_stops_what_is_under_way() {
    let failure = Failure::new(ErrorCode::ToolFailed, "No").with_detail("refused");
    let timeline = Timeline::fold(log([
        started("a"),
        started("b"),
        EventKind::StepFailed { step: path("a"), failure: failure.clone(), handled: false },
        EventKind::ExecutionFailed { failure: failure.clone() },
    ]));
    assert!(timeline.is_over());
    assert_eq!(timeline.step(&path("a")).unwrap().phase.code(), Some(ErrorCode::ToolFailed.into()));
    let stopped = timeline.step(&path("b")).unwrap();
    assert_eq!((&stopped.phase, stopped.ended), (&Phase::Stopped, Some(at(4))));
    assert_eq!(timeline.reason(), Some(Reason::Failed { failure }));
}

/// An agent that asks for two tools in its first turn; one of them answers.
fn conversation() -> Vec<Event> {
    let call = |id: &str| EventKind::ToolCalled {
        step: path("ask"),
        turn: 1,
        call_id: id.into(),
        tool: "echo".into(),
        arguments: Arc::new(json!({"text": id})),
    };
    let result = |id: &str| EventKind::ToolResult {
        step: path("ask"),
        turn: 1,
        call_id: id.into(),
        tool: "echo".into(),
        result: Ok(Arc::new(json!(id))),
    };
    log([
        started("ask"),
        EventKind::AgentStarted {
            step: path("ask"),
            agent: "analyst".into(),
            messages: vec![Message::text(Role::System, "Be brief"), Message::text(Role::User, "How much?")],
        },
        EventKind::MessageCompleted {
            step: path("ask"),
            turn: 1,
            message: Message::text(Role::Assistant, ""),
            repair: None,
        },
        call("c1"),
        call("c2"),
        result("c2"),
        EventKind::UsageUpdated {
            step: path("ask"),
            model: "scripted/x".into(),
            usage: Usage { input_tokens: 3, output_tokens: 4, cost_micros: 5 },
            total: Usage { input_tokens: 3, output_tokens: 4, cost_micros: 5 },
        },
        EventKind::MessageCompleted {
            step: path("ask"),
            turn: 2,
            message: Message::text(Role::Assistant, "Twelve"),
            repair: None,
        },
    ])
}

#[test]
fn the_conversation_pairs_a_tool_call_with_its_result() {
    let timeline = Timeline::fold(conversation());
    let roles: Vec<String> = timeline
        .speech()
        .iter()
        .map(|said| match said {
            Speech::Message { role, name, content, .. } => format!("{role:?} {name}: {content}"),
            Speech::Tool { call_id, outcome, .. } => {
                format!("{call_id} {}", if *outcome == ToolOutcome::Pending { "pending" } else { "done" })
            }
        })
        .collect();
    assert_eq!(
        roles,
        [
            "System analyst: Be brief",
            "User ask: How much?",
            "c1 pending",
            "c2 done",
            "Assistant analyst: Twelve"
        ]
    );
    let step = timeline.step(&path("ask")).unwrap();
    assert_eq!((step.turns, step.usage.tokens(), step.agent.as_deref()), (2, 7, Some("analyst")));
}

#[test]
fn a_child_can_be_looked_at_unless_it_never_began() {
    let read = |kind| serde_json::from_value::<EventKind>(kind).unwrap();
    let (usage, budget) = (json!({"input_tokens": 3, "output_tokens": 4}), json!({"max_steps": 9}));
    for (steps, child) in [(2, Some("exec_c")), (0, None)] {
        let timeline = Timeline::fold(log([
            read(json!({"type": "execution.created", "data": {
                "workflow_slug": "w", "input": "x", "context": {}, "session_id": null, "steps_total": 1,
                "pins": {"definition": "inner", "version": 1, "agents": []}, "interpreter_version": 1,
                "result_mode": "raw",
                "parent": {"execution_id": "exec_p", "step": "s", "depth": 1, "budget": budget},
            }})),
            started("sub"),
            read(json!({"type": "child.started", "data": {
                "step": "sub", "execution_id": "exec_c", "workflow": "other", "input": "hi", "context": null,
                "budget": budget,
            }})),
            read(json!({"type": "child.ended", "data": {
                "step": "sub", "execution_id": "exec_c", "steps": steps, "usage": usage, "total": usage,
            }})),
        ]));
        let (parent, definition) = timeline.parent().unwrap();
        assert_eq!((parent.as_str(), definition), ("exec_p", "inner"));
        let step = timeline.step(&path("sub")).unwrap();
        assert_eq!(step.child.as_ref().map(ExecutionId::as_str), child);
        assert_eq!((step.usage.tokens(), step.request.as_deref()), (7, Some(&json!("hi"))));
    }
}
