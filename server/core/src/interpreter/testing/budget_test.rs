//! Limits on steps, turns, tokens and cost end a run, and `on_error` does not save it from those of
//! the run.

use serde_json::json;

use super::answers::{Answer, asks, program, tool_says};
use super::trace::check;
use super::world::World;
use crate::activity::ActivityOutput;
use crate::error::ErrorCode;
use crate::execution::Usage;
use crate::message::{Message, Role};

#[test]
fn steps() {
    let steps = [
        "{ id: a, type: transform, value: 1, next: b }",
        "{ id: b, type: transform, value: 2, next: c, on_error: continue }",
        "{ id: c, type: transform, value: 3 }",
    ];
    check(
        &program("limits: { max_steps: 2 }", &steps),
        |world| world,
        "step.started a transform
         step.completed a 1
         step.started b transform
         step.completed b 2
         execution.failed budget_exceeded",
    );
    let world = World::new(&program("limits: { max_steps: 3 }", &steps)).run();
    assert_eq!(world.view().code, None);
}

#[test]
fn turns() {
    let step = "{ id: a, type: agent, agent: clerk, max_turns: 2 }";
    let world = check(
        &program("", &[step]),
        |world| {
            world
                .answer("a#t1@1", asks(&[("builtin.echo", json!(1))]))
                .answer("a#t2@1", asks(&[("builtin.echo", json!(2))]))
        },
        "step.started a agent
         agent.started a clerk
         message.completed a t1
         tool.called a t1.c0 builtin.echo
         tool.result a t1.c0 1
         message.completed a t2
         tool.called a t2.c0 builtin.echo
         tool.result a t2.c0 2
         step.failed a budget_exceeded
         execution.failed budget_exceeded",
    );
    assert_eq!(world.view().state.as_str(), "budget_exceeded");
    assert_eq!(
        world.view().error.as_deref(),
        Some("The agent came to no answer within its limit of turns: 2 (max_turns)")
    );
}

#[test]
fn the_agents_own_limit_of_turns_counts_where_the_step_names_none_and_on_error_handles_it() {
    let steps = [
        "{ id: a, type: agent, agent: clerk, on_error: continue, next: b }",
        "{ id: b, type: transform, value: after }",
    ];
    let world = World::new(&program("result_mode: raw", &steps))
        .otherwise(|id, _| match id.as_str().contains(".c") {
            true => tool_says(json!(null)),
            false => asks(&[("builtin.echo", json!(1))]),
        })
        .run();
    assert_eq!(world.done.len(), 6, "three turns, three tool calls");
    assert_eq!(*world.view().result.unwrap(), json!("after"));
}

/// Two agents, one after the other; each model call consumes 15 tokens and 100 millionths.
const TWO: [&str; 2] = [
    "{ id: a, type: agent, agent: spare, next: b }",
    "{ id: b, type: agent, agent: spare, on_error: continue }",
];

#[test]
fn tokens_and_cost() {
    for (limits, enough) in [
        ("max_tokens: 15", false),
        ("max_tokens: 16", true),
        ("max_cost_usd: 0.0001", false),
        ("max_cost_usd: 0.00011", true),
    ] {
        let world = World::new(&program(&format!("limits: {{ {limits} }}"), &TWO)).run();
        assert_eq!(world.done.len(), if enough { 2 } else { 1 }, "{limits}");
        let code = (!enough).then(|| ErrorCode::BudgetExceeded.into());
        assert_eq!(world.view().code, code, "{limits}");
    }
}

#[test]
fn a_budget_of_the_run_ends_it_although_the_step_handles_errors() {
    check(
        &program("limits: { max_tokens: 10 }", &TWO),
        |world| world,
        r#"step.started a agent
           agent.started a spare
           message.completed a t1
           agent.completed a turns 1
           step.completed a "fine"
           step.started b agent
           step.failed b budget_exceeded
           execution.failed budget_exceeded"#,
    );
    let second = "{ id: b, type: llm, model: scripted/x, prompt: hi, on_error: continue }";
    check(
        &program("limits: { max_tokens: 10 }", &[TWO[0], second]),
        |world| world,
        r#"step.started a agent
           agent.started a spare
           message.completed a t1
           agent.completed a turns 1
           step.completed a "fine"
           step.started b llm
           step.failed b budget_exceeded
           execution.failed budget_exceeded"#,
    );
}

#[test]
fn a_budget_counts_before_each_turn() {
    check(
        &program(
            "limits: { max_cost_usd: 0.0001 }",
            &["{ id: a, type: agent, agent: clerk, on_error: continue }"],
        ),
        |world| world.answer("a#t1@1", asks(&[("builtin.echo", json!(1))])),
        "step.started a agent
         agent.started a clerk
         message.completed a t1
         tool.called a t1.c0 builtin.echo
         tool.result a t1.c0 1
         step.failed a budget_exceeded
         execution.failed budget_exceeded",
    );
}

#[test]
fn consumption_without_end_stays_a_number_that_the_log_can_hold() {
    let much = Usage { input_tokens: u64::MAX, output_tokens: u64::MAX, cost_micros: u64::MAX };
    let world = World::new(&program("", &TWO))
        .otherwise(move |_, _| {
            Answer::Now(Ok(ActivityOutput::LlmCompletion {
                message: Message::text(Role::Assistant, "x"),
                usage: much,
                model: "scripted/x".to_owned(),
            }))
        })
        .run();
    let usage = world.view().metadata.usage;
    assert_eq!(usage.tokens(), 2 * ((1 << 53) - 1));
    assert!((usage.cost_usd() - 1e9).abs() < 1.0);
}
