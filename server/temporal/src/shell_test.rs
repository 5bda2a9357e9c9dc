use magone_core::activity::ActivityOutput;
use magone_core::execution::{Budget, Parent, Pins, Usage};
use magone_core::ids::{ExecutionId, TenantId, TenantWorkflowId};
use magone_core::json::Json;
use magone_core::message::{Message, Role, ToolRequest};
use magone_core::path::StepPath;
use magone_core::record::Run;
use serde_json::{Value, json};

use super::*;
use crate::plan::Act;

/// So many seconds after the beginning.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_770_000_000_000 + seconds * 1_000)
}

/// A run that has begun with the first of these steps.
pub(crate) fn begun(steps: Value) -> Shell {
    Shell::begin(&run_input(steps)).unwrap()
}

/// What such a run begins with.
pub(crate) fn run_input(steps: Value) -> RunInput {
    let entry = steps[0]["id"].clone();
    let limits = json!({"max_steps": 5_000});
    let definition = json!({"id": "flow", "entry_step": entry, "steps": steps, "limits": limits});
    let run = Run {
        execution_id: ExecutionId::from_text("exec_1"),
        tenant_id: TenantId::from_text("ten_1"),
        webhook_url: None,
        scripted: false,
    };
    RunInput {
        owner: Owner {
            run,
            tenant_workflow_id: TenantWorkflowId::from_text("twf_1"),
            temporal_workflow_id: "tenant-t-exec_1".to_owned(),
        },
        accepted_at: at(0),
        workflow_slug: "flow".to_owned(),
        input: Json::new(json!("hello")),
        context: Json::new(json!({})),
        session_id: None,
        pins: Pins::default(),
        parent: None,
        retry: None,
        definition: serde_json::from_value(definition).unwrap(),
        agents: serde_json::from_value(json!([
            {"id": "reader", "model": "scripted/reader", "tools": ["x.read"]},
        ]))
        .unwrap(),
    }
}

/// What is begun and stopped, with the seqs of the events that are taken along.
fn acts(shell: &mut Shell, now: Timestamp) -> Vec<String> {
    let seqs = |events: &[Event]| match (events.first(), events.last()) {
        (Some(first), Some(last)) => format!(" with {} to {}", first.seq, last.seq),
        _ => String::new(),
    };
    let told = |act: Act| match act {
        Act::Timer { id, in_ms } => format!("timer {id} in {in_ms}"),
        Act::Call { id, name, input } => format!("{name} {id}{}", seqs(&input.events)),
        Act::Prepare { id, input } => format!("prepare {id}{}", seqs(&input.events)),
        Act::Child { id, .. } => format!("child {id}"),
        Act::Record(input) => format!("record{}", seqs(&input.events)),
        Act::Stop(id) => format!("stop {id}"),
    };
    shell.plan(now, 1).into_iter().map(told).collect()
}

fn answer(shell: &mut Shell, id: &ObligationId, output: Value, now: Timestamp) {
    let done = Outcome::Done(Ok(ActivityOutput::ExecuteTool { output }));
    shell.take(Wake::Call(id.clone(), done), now);
}

fn open(shell: &Shell) -> Vec<ObligationId> {
    let calls = shell.under_way.iter().filter(|(_, doing)| doing.carries.is_some());
    calls.map(|(id, _)| id.clone()).collect()
}

fn tool(id: &str, next: &str) -> Value {
    match next {
        "" => json!({"id": id, "type": "tool", "tool": "x.y"}),
        next => json!({"id": id, "type": "tool", "tool": "x.y", "next": next}),
    }
}

#[test]
fn events_are_taken_along_by_the_next_activity_and_stored_by_themselves_at_the_end() {
    let mut shell = begun(json!([tool("a", "b"), tool("b", "")]));
    assert_eq!(acts(&mut shell, at(0)), ["timer #deadline in 86400000", "execute_tool a#call@1 with 1 to 4"]);
    assert_eq!(acts(&mut shell, at(0)), [""; 0]);
    let id = open(&shell).remove(0);
    answer(&mut shell, &id, json!(1), at(1));
    assert_eq!(acts(&mut shell, at(1)), ["execute_tool b#call@1 with 5 to 7"]);
    let id = open(&shell).remove(0);
    answer(&mut shell, &id, json!(2), at(2));
    assert_eq!(acts(&mut shell, at(2)), ["stop #deadline", "record with 8 to 9"]);
    assert_eq!(shell.ended(), Ok(None));
    shell.take(Wake::Recorded(Ok(())), at(2));
    assert_eq!(shell.ended(), Ok(Some(RunEnd { state: RunState::Completed, last_seq: 9, end: None })));
}

#[test]
fn what_a_lost_activity_took_along_is_taken_along_again() {
    let mut shell = begun(json!([tool("a", "")]));
    acts(&mut shell, at(0));
    let id = open(&shell).remove(0);
    shell.take(Wake::Call(id.clone(), Outcome::Gone), at(9));
    assert_eq!(acts(&mut shell, at(9)), ["execute_tool a#call@1 with 1 to 5"]);
    shell.take(Wake::Call(id, Outcome::Gone), at(20));
    assert_eq!(acts(&mut shell, at(20)), ["stop #deadline", "record with 1 to 6"]);
}

#[test]
fn a_cancelled_run_waits_for_its_activities_and_not_for_timers() {
    let mut shell = begun(json!([tool("a", "")]));
    acts(&mut shell, at(0));
    shell.take(Wake::Cancel(None), at(1));
    assert_eq!(
        acts(&mut shell, at(1)),
        ["stop #deadline", "stop a#call@1", "record with 1 to 5"],
        "the activity may never have stored what it took along"
    );
    let id = open(&shell).remove(0);
    shell.take(Wake::Call(id, Outcome::Stopped), at(2));
    assert_eq!(acts(&mut shell, at(2)), [""; 0], "one piece after the other");
    shell.take(Wake::Recorded(Ok(())), at(2));
    assert_eq!(acts(&mut shell, at(2)), ["record with 6 to 6"]);
}

#[test]
fn where_many_would_take_along_much_it_is_stored_once_and_first() {
    let branches: Vec<String> = (0..40).map(|n| format!("b{n}")).collect();
    let mut steps = vec![json!({"id": "all", "type": "parallel", "branches": branches})];
    steps.extend(branches.iter().map(|id| tool(id, "")));
    let mut shell = begun(Value::from(steps));
    let first = acts(&mut shell, at(0));
    assert_eq!(first.len(), 2, "{first:?}");
    assert!(first[1].starts_with("record with 1 to "), "{first:?}");
    shell.take(Wake::Recorded(Ok(())), at(0));
    let then = acts(&mut shell, at(0));
    assert_eq!(then.len(), 40);
    assert!(then.iter().all(|act| !act.contains("with")), "{then:?}");
}

#[test]
fn more_branches_than_temporal_takes_at_once_have_their_turn_later() {
    let groups: Vec<String> = (0..11).map(|n| format!("g{n}")).collect();
    let mut steps = vec![json!({"id": "all", "type": "parallel", "branches": groups})];
    for group in &groups {
        let branches: Vec<String> = (0..100).map(|n| format!("{group}_{n}")).collect();
        steps.push(json!({"id": group, "type": "parallel", "branches": branches}));
        steps.extend(branches.iter().map(|id| tool(id, "")));
    }
    let mut shell = begun(Value::from(steps));
    acts(&mut shell, at(0));
    shell.take(Wake::Recorded(Ok(())), at(0));
    assert_eq!(acts(&mut shell, at(0)).len(), 1_000);
    for id in open(&shell).into_iter().take(10) {
        answer(&mut shell, &id, json!(1), at(1));
    }
    assert_eq!(acts(&mut shell, at(1)).len(), 10);
}

#[test]
fn a_pause_before_an_attempt_is_a_timer_under_the_attempts_name() {
    let mut step = tool("a", "");
    step["retry"] = json!({"max_attempts": 2, "initial_interval_ms": 4_000});
    let mut shell = begun(json!([step]));
    acts(&mut shell, at(0));
    let id = open(&shell).remove(0);
    shell.take(Wake::Call(id, Outcome::TooSlow), at(1));
    assert_eq!(acts(&mut shell, at(1)), ["timer a#call@2 in 4000", "record with 1 to 5"]);
    let waits: Vec<_> = shell.under_way.keys().filter(|id| id.as_str() == "a#call@2").cloned().collect();
    shell.take(Wake::Timer(waits[0].clone(), true), at(5));
    assert_eq!(acts(&mut shell, at(5)), ["execute_tool a#call@2 with 1 to 5"]);
}

#[test]
fn a_conversation_that_is_too_large_is_not_sent() {
    let mut shell = begun(json!([{"id": "a", "type": "agent", "agent": "reader"}]));
    acts(&mut shell, at(0));
    let request =
        |n: u8| ToolRequest { id: n.to_string(), tool: "x.read".to_owned(), arguments: Json::default() };
    let message = Message { tool_calls: (0..3).map(request).collect(), ..Message::text(Role::Assistant, "") };
    let said = ActivityOutput::LlmCompletion { message, usage: Usage::default(), model: "x".to_owned() };
    let id = open(&shell).remove(0);
    shell.take(Wake::Call(id, Outcome::Done(Ok(said))), at(1));
    assert_eq!(acts(&mut shell, at(1)).len(), 3);
    for id in open(&shell) {
        answer(&mut shell, &id, Value::from("x".repeat(900_000)), at(2));
    }
    let told = acts(&mut shell, at(2));
    assert!(told.iter().all(|act| !act.starts_with("llm_completion")), "{told:?}");
    assert_eq!(shell.end.as_ref().and_then(ending), Some(RunState::BudgetExceeded));
    let mut events = shell.tail.iter().map(|(event, _)| serde_json::to_string(event).unwrap());
    assert!(events.next_back().unwrap().contains("larger than 1.9 MB"));
}

/// A run that has another one done what it is asked.
fn parent() -> Shell {
    begun(json!([{"id": "sub", "type": "workflow", "workflow": "other"}]))
}

#[test]
fn a_child_is_made_ready_and_then_waited_for() {
    let mut shell = parent();
    assert_eq!(acts(&mut shell, at(0)), ["timer #deadline in 86400000", "prepare sub#child@1 with 1 to 4"]);
    let id = open(&shell).remove(0);
    let input = Box::new(run_input(json!([{"id": "a", "type": "transform", "value": 1}])));
    shell.take(Wake::Prepared(id.clone(), Ok(Ok(input))), at(1));
    assert_eq!(shell.stored, 4, "it took the events along");
    assert_eq!(acts(&mut shell, at(1)), ["child sub#child@1"]);
    let end = ChildEnd { outcome: Ok(Json::new(json!(7))), usage: Usage::default(), steps: 1 };
    shell.take(Wake::Child(id, Ok(end)), at(2));
    assert_eq!(acts(&mut shell, at(2)), ["stop #deadline", "record with 5 to 7"]);
    shell.take(Wake::Recorded(Ok(())), at(2));
    assert_eq!(shell.ended().unwrap().unwrap().state, RunState::Completed);
}

#[test]
fn a_child_that_cannot_begin_fails_its_step() {
    let refused = || Failure::new(ErrorCode::DefinitionError, "It does not fit");
    for (result, code) in [
        (Ok(Err(refused())), ErrorCode::DefinitionError),
        (Err("no such activity".to_owned()), ErrorCode::Internal),
    ] {
        let mut shell = parent();
        acts(&mut shell, at(0));
        let id = open(&shell).remove(0);
        shell.take(Wake::Prepared(id, result), at(1));
        match &shell.end {
            Some(EventKind::ExecutionFailed { failure }) => assert_eq!(failure.code, code),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_cancelled_run_waits_until_its_child_has_stopped() {
    let mut shell = parent();
    acts(&mut shell, at(0));
    let id = open(&shell).remove(0);
    let input = Box::new(run_input(json!([{"id": "a", "type": "transform", "value": 1}])));
    shell.take(Wake::Prepared(id.clone(), Ok(Ok(input))), at(1));
    acts(&mut shell, at(1));
    shell.take(Wake::Cancel(None), at(2));
    assert_eq!(acts(&mut shell, at(2)), ["stop #deadline", "stop sub#child@1", "record with 5 to 5"]);
    assert!(shell.end.is_none(), "the child still goes on");
    shell.take(Wake::Child(id, Err("cancelled".to_owned())), at(3));
    acts(&mut shell, at(3));
    assert!(matches!(shell.end, Some(EventKind::ExecutionCancelled { .. })));
}

#[test]
fn a_run_that_is_a_child_says_what_it_came_to() {
    let mut input = run_input(json!([{"id": "a", "type": "transform", "value": 7}]));
    let budget = Budget { max_steps: 9, max_tokens: None, max_cost_usd: None };
    let execution_id = ExecutionId::from_text("exec_parent");
    input.parent = Some(Parent { execution_id, step: StepPath::root("sub"), depth: 1, budget });
    let mut shell = Shell::begin(&input).unwrap();
    acts(&mut shell, at(0));
    shell.take(Wake::Recorded(Ok(())), at(1));
    let end = shell.ended().unwrap().unwrap().end.unwrap();
    assert_eq!((end.outcome, end.steps), (Ok(Json::new(json!(7))), 1));
    assert_eq!(input.owner.child_workflow_id(&ExecutionId::from_text("exec_c")), "tenant-t-exec_c");
}
