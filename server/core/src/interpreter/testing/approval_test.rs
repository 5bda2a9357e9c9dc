//! `approval`: decisions that a run waits for.

use std::sync::Arc;

use serde_json::json;

use super::answers::program;
use super::trace::{assert_events, assert_trace};
use super::world::World;
use crate::error::ErrorCode;
use crate::execution::{Decision, EventKind, Refusal, RunState, Verdict};
use crate::interpreter::Input;
use crate::json::Json;
use crate::workflow::program::Program;

fn asking(more: &str) -> Arc<Program> {
    program(
        "",
        &[
            &format!(
                "{{ id: review, type: approval, prompt: \"Pay {{{{ input }}}}?\", next: end, schema: \
                 {{ type: object, required: [sum] }}{more} }}"
            ),
            "{ id: end, type: transform, value: \"{{ steps.review.output }}\" }",
        ],
    )
}

fn decision(decision: Verdict, data: Option<serde_json::Value>) -> Decision {
    let comment = (decision == Verdict::Reject).then(|| "too much".to_owned());
    Decision { decision, data: data.map(Json::new), comment, by: Some("ops".to_owned()) }
}

fn decide(world: &mut World, approval: &str, decision: Decision) -> Vec<crate::execution::Event> {
    world.feed(Input::Decision { approval: approval.to_owned(), decision: Box::new(decision) })
}

#[test]
fn an_approval_goes_on_with_what_was_filled_in() {
    let mut world = World::new(&asking(""));
    world.start();
    assert_eq!(world.view().state, RunState::WaitingApproval);
    let approve = decision(Verdict::Approve, Some(json!({"sum": 7})));
    assert_eq!(world.state.refusal("review", &approve), None);
    // A crash does not touch what somebody is asked.
    world.crash();
    decide(&mut world, "review", approve.clone());
    assert_trace(
        &world,
        r#"step.started review approval
           approval.required review "Pay hello?"
           approval.resolved review approve
           step.completed review {"sum":7}
           step.started end transform
           step.completed end {"sum":7}
           execution.completed {"sum":7}"#,
    );
    assert_eq!(world.state.refusal("review", &approve), Some(Refusal::Decided));
}

#[test]
fn what_cannot_be_taken_changes_nothing() {
    let mut world = World::new(&asking(""));
    world.start();
    let unfit = decision(Verdict::Approve, Some(json!({"sums": 7})));
    let Some(Refusal::Unfit(problems)) = world.state.refusal("review", &unfit) else { panic!("it is unfit") };
    assert_eq!(problems.len(), 1);
    assert_eq!(decide(&mut world, "review", unfit), []);
    let fit = decision(Verdict::Approve, Some(json!({"sum": 7})));
    assert_eq!(world.state.refusal("other", &fit), Some(Refusal::Unknown));
    assert_eq!(decide(&mut world, "other", fit), []);
    assert_eq!(world.view().state, RunState::WaitingApproval);
}

#[test]
fn a_rejection_fails_the_step() {
    let mut world = World::new(&asking(""));
    world.start();
    // What is filled in does not matter then.
    let events = decide(&mut world, "review", decision(Verdict::Reject, None));
    assert_events(
        &events,
        "approval.resolved review reject
         step.failed review approval_rejected
         execution.failed approval_rejected",
    );
    assert_eq!(world.view().error.as_deref(), Some("Step 'review' was rejected: too much"));
}

#[test]
fn nobody_decides_in_time() {
    let end = |on_timeout: &str| {
        let mut world = World::new(&asking(&format!(", timeout_seconds: 60, on_timeout: {on_timeout}")));
        world.start();
        let EventKind::ApprovalRequired { expires_at: Some(at), .. } = &world.log[3].kind else {
            panic!("{:?}", world.log)
        };
        assert_eq!(*at, world.now.plus_millis(60_000));
        world.finish();
        world.view()
    };
    let view = end("approve");
    assert_eq!((view.state, view.result.unwrap()["data"].clone()), (RunState::Completed, json!(null)));
    assert_eq!(end("reject").code.unwrap(), ErrorCode::ApprovalRejected);
    assert_eq!(end("fail").code.unwrap(), ErrorCode::StepTimeout);
}

#[test]
fn each_pass_asks_for_itself() {
    let steps = [
        "{ id: each, type: map, items: [1, 2], steps: [ask] }",
        "{ id: ask, type: approval, prompt: \"{{ item }}?\" }",
    ];
    let mut world = World::new(&program("", &steps));
    world.start();
    decide(&mut world, "each-1.ask", decision(Verdict::Approve, Some(json!("b"))));
    decide(&mut world, "each-0.ask", decision(Verdict::Approve, Some(json!("a"))));
    let EventKind::ExecutionCompleted { output } = &world.log.last().unwrap().kind else { panic!("it ends") };
    assert_eq!(**output, json!(["a", "b"]));
}
