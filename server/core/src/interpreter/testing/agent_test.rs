//! Conversations: the tool loop, answers with a schema, fallback models, and models that ask for
//! what they must not have.

use serde_json::{Value, json};

use super::answers::{asks, breaks, fails, message, program, says, stumbles, tool_says};
use super::trace::check;
use super::world::World;
use crate::activity::{Activity, Completion, RetryClass};
use crate::error::ErrorCode;
use crate::execution::EventKind;
use crate::message::{Message, Role, ToolRequest};

const CLERK: &str = "{ id: a, type: agent, agent: clerk }";

fn completion(world: &World, id: &str) -> Completion {
    let mut done = world.done.iter();
    match done.find(|(done, _)| done.as_str() == id) {
        Some((_, Activity::LlmCompletion(completion))) => completion.clone(),
        _ => panic!("no completion {id}"),
    }
}

fn told(world: &World, id: &str) -> Vec<(Role, String)> {
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
        [
            (Role::System, "Be kind".to_owned()),
            (Role::User, "hello".to_owned())
        ]
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
    let calls = [
        ("builtin.echo", json!("first")),
        ("builtin.echo", json!("second")),
    ];
    for seed in 1..20 {
        let world = World::new(&program("", &[CLERK]))
            .seed(seed)
            .answer("a#t1@1", asks(&calls))
            .run();
        let texts: Vec<_> = told(&world, "a#t2@1")
            .into_iter()
            .skip(3)
            .map(|told| told.1)
            .collect();
        assert_eq!(texts, ["first", "second"], "seed {seed}");
    }
}

#[test]
fn the_input_of_an_agent_is_a_template() {
    let step = "{ id: a, type: agent, agent: spare, input: { about: \"{{ input }}\" } }";
    let world = World::new(&program("", &[step])).run();
    assert_eq!(
        told(&world, "a#t1@1"),
        [(Role::User, r#"{"about":"hello"}"#.to_owned())]
    );
}

#[test]
fn a_tool_that_fails_is_told_to_the_model() {
    let step = "{ id: a, type: agent, agent: clerk, retry: { max_attempts: 2, initial_interval_ms: 100 } }";
    let world = check(
        &program("", &[step]),
        |world| {
            world
                .answer(
                    "a#t1@1",
                    asks(&[("crm.query", json!({})), ("builtin.echo", json!(1))]),
                )
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
    let texts: Vec<_> = told(&world, "a#t2@1")
        .into_iter()
        .skip(3)
        .map(|told| told.1)
        .collect();
    assert_eq!(texts, ["error: It did not work", "error: It did not work"]);
}

#[test]
fn a_tool_outside_the_agents_list_is_refused_before_anything_leaves() {
    let calls = [
        ("admin.erase", json!({})),
        ("builtin.echo", json!(1)),
        ("", Value::Null),
    ];
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
    assert_eq!(
        told(&world, "a#t2@1")[3].1,
        "error: The tool 'admin.erase' is not available"
    );
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

#[test]
fn an_answer_has_to_fit_its_schema() {
    let world = check(
        &program("", &["{ id: a, type: agent, agent: judge }"]),
        |world| world.answer("a#t1@1", says("```json\n{\"n\": 4}\n```")),
        r#"step.started a agent
           agent.started a judge
           message.completed a t1
           agent.completed a turns 1
           step.completed a {"n":4}
           execution.completed {"n":4}"#,
    );
    let completion = completion(&world, "a#t1@1");
    assert_eq!(
        (completion.temperature, completion.max_tokens),
        (Some(0.5), Some(99))
    );
    assert_eq!(completion.output_schema.unwrap()["required"], json!(["n"]));
}

#[test]
fn an_answer_that_does_not_fit_is_mended_once() {
    let world = check(
        &program("", &["{ id: a, type: agent, agent: judge, max_turns: 1 }"]),
        |world| {
            world
                .answer("a#t1@1", says("{\"n\": \"four\"}"))
                .answer("a#t2@1", says("{\"n\": 4}"))
        },
        r#"step.started a agent
           agent.started a judge
           message.completed a t1 repair
           message.completed a t2
           agent.completed a turns 2
           step.completed a {"n":4}
           execution.completed {"n":4}"#,
    );
    let repair = told(&world, "a#t2@1");
    assert_eq!(repair[1], (Role::Assistant, "{\"n\": \"four\"}".to_owned()));
    assert_eq!(repair[2].0, Role::User);
    assert!(repair[2].1.contains("/n: "), "{}", repair[2].1);
}

#[test]
fn an_answer_that_does_not_fit_twice_fails_the_step() {
    for steps in [
        "{ id: a, type: agent, agent: judge }",
        "{ id: a, type: agent, agent: spare, output_schema: { type: object } }",
        "{ id: a, type: llm, model: scripted/x, prompt: hi, output_schema: { type: object } }",
    ] {
        let world = World::new(&program("", &[steps]))
            .answer("a#t1@1", says("no JSON"))
            .answer("a#t2@1", says("[]"))
            .run();
        let view = world.view();
        assert_eq!(view.code, Some(ErrorCode::InvalidOutput.into()), "{steps}");
        assert_eq!(world.done.len(), 2, "{steps}");
    }
}

#[test]
fn fallback_models_take_over_in_order_and_stay() {
    let down = || fails(ErrorCode::ProviderError, RetryClass::Never);
    let step = "{ id: a, type: agent, agent: spare, retry: { max_attempts: 2, initial_interval_ms: 100 }, \
                output_schema: { type: object } }";
    let world = check(
        &program("", &[step]),
        |world| {
            world
                .answer("a#t1@1", fails(ErrorCode::ProviderAuth, RetryClass::Never))
                .answer("a#t1.m1@1", stumbles())
                .answer("a#t1.m1@2", down())
                .answer("a#t1.m2@1", says("no JSON"))
                .answer("a#t2.m2@1", says("{}"))
        },
        "step.started a agent
         agent.started a spare
         step.retrying a t1@1 error model 1
         step.retrying a t1.m1@2 error in 100 ms
         step.retrying a t1.m1@1 error model 2
         message.completed a t1 repair
         message.completed a t2
         agent.completed a turns 2
         step.completed a {}
         execution.completed {}",
    );
    let models = ["a#t1@1", "a#t1.m1@2", "a#t1.m2@1", "a#t2.m2@1"].map(|id| completion(&world, id).model);
    assert_eq!(
        models,
        [
            "scripted/first",
            "scripted/second",
            "scripted/third",
            "scripted/third"
        ]
    );
}

#[test]
fn without_a_fallback_left_or_where_none_would_help_the_step_fails() {
    for (code, calls) in [
        (ErrorCode::ProviderRateLimited, 3),
        (ErrorCode::StepTimeout, 3),
        (ErrorCode::Internal, 1),
        (ErrorCode::InvalidOutput, 1),
    ] {
        let world = World::new(&program("", &["{ id: a, type: agent, agent: spare }"]))
            .otherwise(move |_, _| fails(code, RetryClass::Never))
            .run();
        assert_eq!(world.done.len(), calls, "{code:?}");
        assert_eq!(world.view().code, Some(code.into()));
    }
}

#[test]
fn rubbish_in_place_of_an_answer_is_bounded() {
    let asks_for = |arguments: Value, count: usize| {
        let request = ToolRequest {
            id: String::new(),
            tool: "builtin.echo".to_owned(),
            arguments: arguments.into(),
        };
        message(Message {
            tool_calls: vec![request; count],
            ..Message::text(Role::Assistant, "")
        })
    };
    let deep = (0..97).fold(Value::Null, |inner, _| json!([inner]));
    for answer in [
        asks_for(json!({}), 129),
        asks_for(deep, 1),
        asks_for(json!("x".repeat(9 << 20)), 1),
        says(&"x".repeat(9 << 20)),
    ] {
        let world = check(
            &program("", &[CLERK]),
            |world| world.answer("a#t1@1", answer),
            "step.started a agent
             agent.started a clerk
             step.failed a invalid_output
             execution.failed invalid_output",
        );
        assert_eq!(world.state.usage.tokens(), 15, "it was paid for");
    }
    let world = World::new(&program("", &[CLERK]))
        .answer("a#t1@1", asks_for(json!({}), 128))
        .run();
    let called = world
        .log
        .iter()
        .filter(|event| matches!(event.kind, EventKind::ToolCalled { .. }));
    assert_eq!(called.count(), 128);
    assert_eq!(world.view().code, None);
}

#[test]
fn an_adapter_that_answers_with_the_wrong_kind_fails_the_step() {
    let asking = || asks(&[("builtin.echo", json!(1))]);
    for world in [
        World::new(&program("", &[CLERK])).answer("a#t1@1", tool_says(json!(1))),
        World::new(&program("", &[CLERK]))
            .answer("a#t1@1", asking())
            .answer("a#t1.c0@1", says("?")),
        World::new(&program("", &["{ id: a, type: tool, tool: x.y }"])).answer("a#call@1", says("?")),
    ] {
        assert_eq!(world.run().view().code, Some(ErrorCode::Internal.into()));
    }
}
