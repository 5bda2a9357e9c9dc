use magone_core::execution::EventKind;
use magone_core::failure::Failure;
use magone_core::json::Json;
use magone_core::message::{Message, Role};
use magone_core::path::StepPath;
use serde_json::json;

use super::*;

fn of(kind: &str, data: Value) -> String {
    let event = json!({"seq": 1, "time": "2026-01-31T09:30:00.125Z", "type": kind, "data": data});
    narrate(&event, Paint::OFF)
}

/// As a tenant's stream carries it.
fn public(kind: &EventKind) -> String {
    of(kind.name(), kind.public_face())
}

#[test]
fn lines_say_when_what_and_where() {
    let step: StepPath = serde_json::from_value(json!("analyze")).unwrap();
    for (kind, expected) in [
        (EventKind::ExecutionStarted {}, "09:30:00.125  execution.started"),
        (
            EventKind::StepStarted {
                step: step.clone(),
                kind: "agent".to_owned(),
                title: Some("Reading".to_owned()),
                branch: None,
                request: None,
                reused: false,
            },
            "09:30:00.125  step.started          analyze: Reading",
        ),
        (
            EventKind::StepFailed {
                step: step.clone(),
                failure: Failure::new(magone_core::error::ErrorCode::ToolFailed, "No such tool"),
                handled: true,
            },
            "09:30:00.125  step.failed           analyze: No such tool (tool_failed); the run goes on",
        ),
        (
            EventKind::MessageCompleted {
                step: step.clone(),
                turn: 1,
                message: Message::text(Role::Assistant, "two\nlines\u{1b}[2J"),
                repair: None,
            },
            "09:30:00.125  message.completed     analyze: two lines [2J",
        ),
        (
            EventKind::KnowledgeRetrieved {
                step: step.clone(),
                turn: 0,
                call_id: "call".to_owned(),
                collection: "policies".to_owned(),
                hits: 1,
            },
            "09:30:00.125  knowledge.retrieved   analyze: 1 hit in policies",
        ),
        (
            EventKind::ToolResult {
                step,
                turn: 0,
                call_id: "t0.c0".to_owned(),
                tool: "echo".to_owned(),
                result: Ok(Json::new(json!({}))),
            },
            "09:30:00.125  tool.result           analyze: echo answered",
        ),
    ] {
        assert_eq!(public(&kind), expected);
    }
}

#[test]
fn the_end_says_how_it_ended() {
    let completed = of("execution.completed", json!({"metadata": {"duration_ms": 12}}));
    assert!(completed.ends_with("  after 12 ms"), "{completed}");
    let failed = of("execution.failed", json!({"error": "Too slow", "code": "timed_out"}));
    assert!(failed.ends_with("  Too slow (timed_out)"), "{failed}");
}

#[test]
fn what_is_missing_or_unknown_does_no_harm() {
    assert_eq!(narrate(&Value::Null, Paint::OFF), "");
    assert!(of("of.tomorrow", json!({"step": "a"})).ends_with("of.tomorrow           a"));
    let long = of("message.completed", json!({"step": "a", "content": "é".repeat(500)}));
    assert_eq!(long.matches('é').count(), SHOWN);
    assert!(long.ends_with('…'));
}
