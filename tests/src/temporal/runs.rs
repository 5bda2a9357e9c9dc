//! Runs through Temporal: branches side by side, attempts, timers, cancellation.

use magone_core::error::ErrorCode;
use magone_core::execution::{Decision, Refusal, RunState, Status, Verdict};
use magone_core::json::Json;
use magone_core::ports::{Engine, EngineError};
use serde_json::json;

use super::world::World;
use crate::harness::{block_on, until};

#[test]
fn branches_run_side_by_side_and_are_joined() {
    let world = World::new();
    let id = world.start(json!([
        {"id": "all", "type": "parallel", "branches": ["left", "right", "model"], "next": "sum"},
        {"id": "left", "type": "tool", "tool": "test.echo", "arguments": {"n": 1}, "next": "left2"},
        {"id": "left2", "type": "tool", "tool": "test.echo",
         "arguments": {"n": "{{ steps.left.output.n + 1 }}"}},
        {"id": "right", "type": "tool", "tool": "test.echo", "arguments": {"n": 10}},
        {"id": "model", "type": "llm", "model": "scripted/model", "prompt": "{{ input }}"},
        {"id": "sum", "type": "transform", "value": {
            "left": "{{ steps.left2.output.n }}", "right": "{{ steps.right.output.n }}",
            "said": "{{ steps.model.output }}"}},
    ]));
    let view = world.ended(&id);
    assert_eq!((view.status, &view.error), (Status::Completed, &None));
    let result = view.result.clone().unwrap();
    assert_eq!(result["said"], "heard: hello");
    assert_eq!(result["right"], json!(10));
    assert_eq!(view.metadata.usage.tokens(), 12);
    let mut acts = world.hand.notes();
    acts.sort();
    assert_eq!(acts, ["all/left#call@1", "all/left2#call@1", "all/model#t1@1", "all/right#call@1"]);
    // The row was taken along, and everybody who watches was told each event once.
    assert_eq!(world.row(&id).result, view.result);
    let seqs: Vec<u64> = world.log(&id).iter().map(|event| event.seq).collect();
    assert!(seqs.iter().copied().eq(1..=view.last_seq), "{seqs:?}");
}

#[test]
fn a_map_goes_through_many_items_a_few_at_a_time() {
    let world = World::new();
    let items: Vec<u32> = (0..40).collect();
    let id = world.start(json!([
        {"id": "each", "type": "map", "items": items, "steps": ["echo"], "max_concurrency": 8},
        {"id": "echo", "type": "tool", "tool": "test.echo", "arguments": {"n": "{{ item }}"}},
    ]));
    let view = world.ended(&id);
    assert_eq!(view.state, RunState::Completed, "{:?}", view.error);
    let expected: Vec<_> = items.iter().map(|n| json!({"n": n})).collect();
    assert_eq!(view.result.unwrap()["data"], json!(expected));
    assert_eq!(world.hand.notes().len(), items.len());
}

#[test]
fn attempts_are_the_interpreters_and_carry_their_number() {
    let world = World::new();
    let retry = json!({"max_attempts": 3, "initial_interval_ms": 50});
    let id = world.start(json!([{"id": "a", "type": "tool", "tool": "test.shaky", "retry": retry}]));
    let view = world.ended(&id);
    assert_eq!(view.state, RunState::Completed, "{:?}", view.error);
    assert_eq!(world.hand.notes(), ["a#call@1", "a#call@2"]);
    assert!(world.names(&id).contains(&"step.retrying Error".to_owned()));
    let history = String::from_utf8(world.history(&id)).unwrap();
    assert_eq!(
        history.matches("ActivityTaskScheduledEventAttributes").count(),
        4,
        "two calls, and two records"
    );

    let id = world.start(json!([{"id": "b", "type": "tool", "tool": "test.refuse"}]));
    assert_eq!(world.ended(&id).code, Some(ErrorCode::ToolFailed.into()));
    let id = world.start(json!([{"id": "c", "type": "tool", "tool": "test.panic"}]));
    assert_eq!(world.ended(&id).code, Some(ErrorCode::Internal.into()));
}

#[test]
fn timers_are_temporals_and_a_step_that_takes_too_long_is_stopped() {
    let world = World::new();
    let id = world.start(json!([
        {"id": "pause", "type": "wait", "seconds": 1, "next": "late"},
        {"id": "late", "type": "tool", "tool": "test.hold", "timeout_seconds": 1, "on_error": "continue",
         "retry": {"max_attempts": 1}, "next": "end"},
        {"id": "end", "type": "transform", "value": "done"},
    ]));
    until("the run waits for its timer", || {
        world.names(&id).contains(&"timer.started".to_owned()).then_some(())
    });
    let view = world.ended(&id);
    assert_eq!(view.state, RunState::Completed, "{:?}", view.error);
    assert!(view.metadata.duration_ms.unwrap() >= 2_000, "{:?}", view.metadata);
    assert_eq!(world.hand.notes(), ["late#call@1", "late#call@1 stopped"]);
}

#[test]
fn a_cancelled_run_stops_what_is_under_way() {
    let world = World::new();
    let id = world.start(json!([{"id": "a", "type": "tool", "tool": "test.hold"}]));
    until("the activity is under way", || world.hand.noted("a#call@1"));
    block_on(world.engine.cancel(id.clone(), Some("enough".to_owned()))).unwrap();
    let view = world.ended(&id);
    assert_eq!(view.state, RunState::Cancelled);
    assert_eq!(world.hand.notes(), ["a#call@1", "a#call@1 stopped"]);
    let names = world.names(&id);
    let ending: Vec<_> = names.iter().rev().take(2).map(String::as_str).collect();
    assert_eq!(ending, ["execution.cancelled", "execution.cancelling"]);
    world.history(&id);
    let again = block_on(world.engine.cancel(id, None));
    assert_eq!(again, Err(EngineError::NotInFlight));
}

#[test]
fn a_decision_is_taken_once_and_answered_when_it_is_on_disk() {
    let world = World::new();
    let schema = json!({"type": "object", "required": ["amount"]});
    let id = world.start(json!([
        {"id": "ask", "type": "approval", "prompt": "Pay {{ input }}?", "schema": schema, "next": "pay"},
        {"id": "pay", "type": "tool", "tool": "test.echo",
         "arguments": {"n": "{{ steps.ask.output.amount }}"}},
    ]));
    until("the run asks", || world.names(&id).contains(&"approval.required".to_owned()).then_some(()));
    assert_eq!(world.row(&id).state, RunState::WaitingApproval);
    let decide = |approval: &str, data| {
        let (approval, data) = (approval.to_owned(), Some(Json::new(data)));
        let decision = Decision { decision: Verdict::Approve, data, comment: None, by: None };
        block_on(world.engine.decide(id.clone(), approval, decision))
    };
    assert_eq!(decide("pay", json!({})), Err(EngineError::Refused(Refusal::Unknown)));
    let unfit = decide("ask", json!({}));
    assert!(matches!(unfit, Err(EngineError::Refused(Refusal::Unfit(_)))), "{unfit:?}");
    assert_eq!(decide("ask", json!({"amount": 5})), Ok(()));
    assert!(world.names(&id).contains(&"approval.resolved".to_owned()), "it is on disk");
    let view = world.ended(&id);
    assert_eq!(view.result.unwrap()["data"], json!({"n": 5}));
    world.history(&id);
    assert_eq!(decide("ask", json!({"amount": 6})), Err(EngineError::NotInFlight));
}

#[test]
fn a_decision_that_ends_the_run_is_answered_too() {
    let world = World::new();
    let id = world.start(json!([{"id": "ask", "type": "approval", "prompt": "Really?"}]));
    until("the run asks", || world.names(&id).contains(&"approval.required".to_owned()).then_some(()));
    let decision = Decision { decision: Verdict::Reject, data: None, comment: None, by: None };
    assert_eq!(block_on(world.engine.decide(id.clone(), "ask".to_owned(), decision)), Ok(()));
    assert_eq!(world.ended(&id).code, Some(ErrorCode::ApprovalRejected.into()));
}

#[test]
fn a_branch_that_fails_stops_the_others() {
    let world = World::new();
    let id = world.start(json!([
        {"id": "all", "type": "parallel", "branches": ["bad", "long"]},
        {"id": "bad", "type": "wait", "seconds": 1, "next": "refuse"},
        {"id": "refuse", "type": "tool", "tool": "test.refuse"},
        {"id": "long", "type": "tool", "tool": "test.hold"},
    ]));
    let view = world.ended(&id);
    assert_eq!(view.code, Some(ErrorCode::ToolFailed.into()));
    until("the other branch is stopped", || world.hand.noted("all/long#call@1 stopped"));
}
