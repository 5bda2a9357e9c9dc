//! Conversations: the tool loop, and models that ask for what they must not have.

use serde_json::{Value, json};

use super::answers::{asks, breaks, program, says, stumbles, tool_says};
use super::trace::check;
use super::world::World;
use crate::activity::{Activity, Completion};
use crate::message::{Message, Role};

pub const CLERK: &str = "{ id: a, type: agent, agent: clerk }";

pub fn completion(world: &World, id: &str) -> Completion {
    let mut done = world.done.iter();
    match done.find(|(done, _)| done.as_str() == id) {
        Some((_, Activity::LlmCompletion(completion))) => completion.clone(),
        _ => panic!("no completion {id}"),
    }
}

pub fn told(world: &World, id: &str) -> Vec<(Role, String)> {
    let messages = completion(world, id).messages.into_iter();
    messages.map(|message| (message.role, message.content)).collect()
}

#[test]
fn an_agent_speaks_calls_its_tools_and_speaks_again() {
    let calls = [("builtin.echo", json!({"x": 1})), ("crm.query", json!({"y": 2}))];
    let world = check(
        &program("", &[CLERK]),
        |world| {
            world
                .answer("a#t1@1", asks(&calls))
                .answer("a#t1.c0@1", tool_says(json!("one")))
                .answer("a#t1.c1@1", tool_says(json!([2])))
                .answer("a#t2@1", says("three"))
        },
        r#"step.started a agent
           agent.started a clerk
           message.completed a t1
           tool.called a t1.c0 builtin.echo
           tool.called a t1.c1 crm.query
           tool.result a t1.c0 "one"
           tool.result a t1.c1 [2]
           message.completed a t2
           agent.completed a turns 2
           step.completed a "three"
           execution.completed "three""#,
    );
    let first = completion(&world, "a#t1@1");
    assert_eq!(first.model, "scripted/clerk");
    assert_eq!(first.agent.as_deref(), Some("clerk"));
    assert_eq!(first.tools, ["builtin.echo", "crm.query"]);
    assert_eq!(
        told(&world, "a#t1@1"),
        [(Role::System, "Be kind".to_owned()), (Role::User, "hello".to_owned())]
    );
    let second = completion(&world, "a#t2@1").messages;
    assert_eq!(second[..2], first.messages);
    assert_eq!(second[2].tool_calls.len(), 2);
    let answers =
        [("provider-0", "one"), ("provider-1", "[2]")].map(|(id, text)| Message::tool_answer(id, text));
    assert_eq!(second[3..], answers);
}

#[test]
fn answers_of_tools_are_put_in_the_order_of_the_request() {
    let calls = [("builtin.echo", json!("first")), ("builtin.echo", json!("second"))];
    for seed in 1..20 {
        let world = World::new(&program("", &[CLERK])).seed(seed).answer("a#t1@1", asks(&calls)).run();
        let texts: Vec<_> = told(&world, "a#t2@1").into_iter().skip(3).map(|told| told.1).collect();
        assert_eq!(texts, ["first", "second"], "seed {seed}");
    }
}

#[test]
fn the_input_of_an_agent_is_a_template() {
    let step = "{ id: a, type: agent, agent: spare, input: { about: \"{{ input }}\" } }";
    let world = World::new(&program("", &[step])).run();
    assert_eq!(told(&world, "a#t1@1"), [(Role::User, r#"{"about":"hello"}"#.to_owned())]);
}

#[test]
fn a_tool_that_fails_is_told_to_the_model() {
    let step = "{ id: a, type: agent, agent: clerk, retry: { max_attempts: 2, initial_interval_ms: 100 } }";
    let world = check(
        &program("", &[step]),
        |world| {
            world
                .answer("a#t1@1", asks(&[("crm.query", json!({})), ("builtin.echo", json!(1))]))
                .answer("a#t1.c0@1", stumbles())
                .answer("a#t1.c0@2", stumbles())
                .answer("a#t1.c1@1", breaks())
        },
        r#"step.started a agent
           agent.started a clerk
           message.completed a t1
           tool.called a t1.c0 crm.query
           tool.called a t1.c1 builtin.echo
           step.retrying a t1.c0@2 error in 100 ms
           tool.result a t1.c1 tool_failed
           tool.result a t1.c0 provider_error
           message.completed a t2
           agent.completed a turns 2
           step.completed a "fine"
           execution.completed "fine""#,
    );
    let texts: Vec<_> = told(&world, "a#t2@1").into_iter().skip(3).map(|told| told.1).collect();
    assert_eq!(texts, ["error: It did not work", "error: It did not work"]);
}

#[test]
fn a_tool_outside_the_agents_list_is_refused_before_anything_leaves() {
    let calls = [("admin.erase", json!({})), ("builtin.echo", json!(1)), ("", Value::Null)];
    let world = check(
        &program("", &[CLERK]),
        |world| world.answer("a#t1@1", asks(&calls)),
        r#"step.started a agent
           agent.started a clerk
           message.completed a t1
           tool.called a t1.c0 admin.erase
           tool.result a t1.c0 tool_failed
           tool.called a t1.c1 builtin.echo
           tool.called a t1.c2
           tool.result a t1.c2 tool_failed
           tool.result a t1.c1 1
           message.completed a t2
           agent.completed a turns 2
           step.completed a "fine"
           execution.completed "fine""#,
    );
    let ids: Vec<_> = world.done.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["a#t1@1", "a#t1.c1@1", "a#t2@1"]);
    assert_eq!(told(&world, "a#t2@1")[3].1, "error: The tool 'admin.erase' is not available");
}

#[test]
fn a_model_without_tools_that_asks_for_one_gives_no_answer() {
    let step = "{ id: a, type: llm, model: scripted/x, prompt: hi }";
    check(
        &program("", &[step]),
        |world| world.otherwise(|_, _| asks(&[("builtin.echo", json!(1))])),
        "step.started a llm
         message.completed a t1
         tool.called a t1.c0 builtin.echo
         tool.result a t1.c0 tool_failed
         step.failed a invalid_output
         execution.failed invalid_output",
    );
}
