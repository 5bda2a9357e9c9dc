//! The log as text: every kind of event, and what tenants see of it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::answers::{Answer, ends, finds, message, program, says, tool_says};
use super::world::World;
use crate::activity::{ActivityError, RetryClass};
use crate::error::ErrorCode;
use crate::execution::{Decision, Event, EventKind, Verdict};
use crate::failure::Failure;
use crate::interpreter::Input;
use crate::json::Json;
use crate::message::{Message, Role, ToolRequest};
use crate::time::Timestamp;

/// Stands for everything that the definition, its tools and its providers keep from callers.
const CANARY: &str = "canary-7f3a";

/// Every kind of event, by the name of the contract.
const NAMES: [&str; 24] = [
    "agent.completed",
    "agent.started",
    "approval.required",
    "approval.resolved",
    "child.ended",
    "child.started",
    "execution.cancelled",
    "execution.cancelling",
    "execution.completed",
    "execution.created",
    "execution.failed",
    "execution.queued",
    "execution.started",
    "knowledge.retrieved",
    "message.completed",
    "step.completed",
    "step.failed",
    "step.retrying",
    "step.started",
    "timer.fired",
    "timer.started",
    "tool.called",
    "tool.result",
    "usage.updated",
];

fn failing(retry: RetryClass) -> Answer {
    let failure = Failure::new(ErrorCode::ToolFailed, "The tool failed").with_detail(CANARY);
    Answer::Now(Err(ActivityError { failure, retry }))
}

/// An answer that asks for tools with secret arguments.
fn asks_secretly() -> Answer {
    let request = |tool: &str| ToolRequest {
        id: CANARY.to_owned(),
        tool: tool.to_owned(),
        arguments: Json::new(json!({"secret": CANARY})),
    };
    message(Message {
        tool_calls: vec![request("builtin.echo"), request("crm.query")],
        ..Message::text(Role::Assistant, "I look it up")
    })
}

/// Runs that have every kind of event among them, with the canary wherever something is internal.
fn runs() -> Vec<World> {
    let head = format!(
        "config: {{ secret: {CANARY}, model: scripted/x }}\ncontext: {{ secret: {CANARY} }}\nresult_mode: raw\noutput: done"
    );
    let steps = [
        "{ id: a, type: agent, agent: clerk, input: \"{{ config.secret }} {{ input }}\", next: b }",
        "{ id: b, type: llm, system: \"{{ config.secret }}\", prompt: \"{{ config.secret }}\", \
           output_schema: { type: object, required: [canary-7f3a] }, on_error: continue, next: c }",
        "{ id: c, type: tool, tool: x.y, arguments: { key: \"{{ config.secret }}\" }, next: d }",
        "{ id: d, type: transform, value: \"{{ config.secret }}\", next: e }",
        "{ id: e, type: transform, value: \"{{ config.secret / 2 }}\", on_error: continue, \
           next: f }",
        "{ id: f, type: wait, seconds: 1, next: g }",
        "{ id: g, type: branch, cases: [ { when: \"input == 'stop'\", next: h } ], default: i }",
        "{ id: h, type: fail, message: Enough }",
        "{ id: i, type: tool, tool: x.z }",
    ];
    let program = program(&head, &steps);
    let world = || {
        World::new(&program)
            .answer("a#t1@1", asks_secretly())
            .answer("a#t1.c0@1", tool_says(json!({"secret": CANARY})))
            .answer("a#t1.c1@1", failing(RetryClass::Never))
            .answer("a#t2@1", says("Nothing found"))
            .answer("b#t1@1", says("{}"))
            .answer("b#t2@1", says("{}"))
            .answer("c#call@1", failing(RetryClass::Backoff))
            .answer("c#call@2", tool_says(json!(CANARY)))
            .answer("i#call@1", tool_says(json!(CANARY)))
    };
    let completed = world().run();
    let failed = world().answer("i#call@1", failing(RetryClass::Never)).run();
    let mut cancelled = world();
    cancelled.start();
    cancelled.crash();
    cancelled.restart();
    cancelled.feed(Input::Cancel { reason: Some("Wrong quarter".to_owned()) });
    cancelled.feed(Input::Stopped);
    vec![completed, failed, cancelled, decided(), found(), with_a_child()]
}

/// A run that somebody decided, with what only they and we know.
fn decided() -> World {
    let head = format!("config: {{ secrets: [{CANARY}] }}\nresult_mode: raw\noutput: done");
    let steps = [
        "{ id: each, type: map, items: \"{{ config.secrets }}\", steps: [ask] }",
        "{ id: ask, type: approval, prompt: \"Go on with {{ input }}?\" }",
    ];
    let mut world = World::new(&program(&head, &steps));
    world.start();
    let (data, by) = (Some(Json::new(json!({"secret": CANARY}))), Some(CANARY.to_owned()));
    let decision = Decision { decision: Verdict::Approve, data, comment: None, by };
    let approval = "each-0.ask".to_owned();
    world.feed(Input::Decision { approval, decision: Box::new(decision) });
    world
}

/// A run that has another one done what it is asked in secret.
fn with_a_child() -> World {
    let head = format!("config: {{ secret: {CANARY} }}\nresult_mode: raw\noutput: done");
    let step = "{ id: sub, type: workflow, workflow: canary-7f3a, input: \"{{ config.secret }}\", \
                context: { secret: \"{{ config.secret }}\" } }";
    World::new(&program(&head, &[step])).answer("sub#child@1", ends(json!(CANARY))).run()
}

/// A run that found a passage that no caller may read.
fn found() -> World {
    let head = format!("config: {{ secret: {CANARY} }}\nresult_mode: raw\noutput: done");
    let step = "{ id: look, type: knowledge, collection: policies, query: \"{{ config.secret }}\", \
                  filter: { secret: \"{{ config.secret }}\" } }";
    World::new(&program(&head, &[step])).answer("look#call@1", finds(&[CANARY])).run()
}

fn every_event() -> Vec<Event> {
    let mut events: Vec<_> = runs().into_iter().flat_map(|world| world.log).collect();
    events.push(Event { seq: 2, time: Timestamp::from_millis(1), kind: EventKind::ExecutionQueued {} });
    let names: BTreeSet<_> = events.iter().map(|event| event.kind.name()).collect();
    assert_eq!(names.into_iter().collect::<Vec<_>>(), NAMES);
    events
}

#[test]
fn every_event_reads_back_as_it_was_written() {
    for event in every_event() {
        let value = serde_json::to_value(&event).unwrap();
        assert_eq!(value["type"], event.kind.name());
        assert!(value["data"].is_object(), "{value}");
        let members: Vec<_> = value.as_object().unwrap().keys().collect();
        assert_eq!(members, ["data", "seq", "time", "type"]);
        assert_eq!(serde_json::from_value::<Event>(value).unwrap(), event);
    }
}

#[test]
fn the_text_of_the_log_does_not_change() {
    let lines = every_event()
        .into_iter()
        .filter(|event| matches!(event.kind, EventKind::StepRetrying { .. } | EventKind::TimerStarted { .. }))
        .map(|event| serde_json::to_string(&event).unwrap());
    let lines: Vec<_> = lines.take(2).collect();
    assert_eq!(
        lines,
        [
            r#"{"seq":23,"time":"2027-01-15T08:00:00.070Z","type":"step.retrying","data":{"step":"c","call":"call","attempt":2,"reason":"error","retry_at":"2027-01-15T08:00:00.570Z","failure":{"code":"tool_failed","error":"The tool failed","detail":"canary-7f3a"}}}"#,
            r#"{"seq":30,"time":"2027-01-15T08:00:00.580Z","type":"timer.started","data":{"step":"f","fire_at":"2027-01-15T08:00:01.580Z","reason":"wait"}}"#,
        ]
    );
}

#[test]
fn a_log_of_this_version_without_its_later_members_still_reads() {
    let text =
        r#"{"seq":3,"time":"2027-01-15T08:00:00Z","type":"step.started","data":{"step":"a","kind":"tool"}}"#;
    let event: Event = serde_json::from_str(text).unwrap();
    assert_eq!(event.kind.name(), "step.started");
    let text = r#"{"seq":3,"time":"2027-01-15T08:00:00Z","type":"step.sung","data":{}}"#;
    assert!(serde_json::from_str::<Event>(text).is_err(), "an event that nobody knows is damage");
}

#[test]
fn the_public_face_shows_nothing_internal() {
    for event in every_event() {
        let face = event.kind.public_face();
        assert!(face.is_object());
        assert!(!face.to_string().contains(CANARY), "{face} of {event:?}");
    }
    for world in runs() {
        let view = serde_json::to_string(&world.view()).unwrap();
        assert!(!view.contains(CANARY), "{view}");
        let log = serde_json::to_string(&world.log).unwrap();
        assert!(log.contains(CANARY), "the test itself would not notice");
    }
}

#[test]
fn the_public_face_says_what_a_caller_needs() {
    let events = every_event();
    let faces = |name: &str| -> Vec<Value> {
        let of_name = events.iter().filter(|event| event.kind.name() == name);
        of_name.map(|event| event.kind.public_face()).collect()
    };
    assert_eq!(
        faces("execution.created")[0],
        json!({
            "workflow_slug": "test", "workflow_version": 7, "session_id": "session-1", "steps_total": 9,
            "parent_execution_id": null, "retry_of": null,
        })
    );
    let (child, end) = (&faces("child.started")[0], &faces("child.ended")[0]);
    assert_eq!(child["execution_id"], end["execution_id"], "a caller can look at the child");
    assert_eq!(end["usage"]["input_tokens"], 10);
    let message = &faces("message.completed")[0];
    let (called, result) = (&faces("tool.called")[0], &faces("tool.result")[0]);
    assert_eq!(message["content"], "I look it up");
    assert_eq!(message["tool_calls"][0], json!({"call_id": "t1.c0", "tool": "builtin.echo"}));
    for face in [called, result] {
        assert_eq!(face["call_id"], message["tool_calls"][0]["call_id"], "one name for one call");
    }
    assert_eq!(result["ok"], true);
    assert_eq!(
        faces("knowledge.retrieved"),
        [json!({"step": "look", "turn": 0, "call_id": "call", "collection": "policies", "hits": 1})]
    );
    assert_eq!(
        faces("execution.failed")[0],
        json!({"status": "failed", "code": "tool_failed", "error": "The tool failed"})
    );
    assert_eq!(faces("execution.cancelled"), [json!({"reason": "Wrong quarter"})]);
    assert_eq!(
        faces("step.started")[0],
        json!({"step": "a", "kind": "agent", "title": null, "reused": false})
    );
}
