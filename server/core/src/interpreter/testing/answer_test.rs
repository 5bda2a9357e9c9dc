//! Answers of models: their shape, who gives them when a model is down, and rubbish.

use serde_json::{Value, json};

use super::agent_test::{CLERK, completion, told};
use super::answers::{asks, fails, message, program, says, stumbles, tool_says};
use super::trace::check;
use super::world::World;
use crate::activity::RetryClass;
use crate::error::ErrorCode;
use crate::execution::EventKind;
use crate::message::{Message, Role, ToolRequest};

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
    assert_eq!((completion.temperature, completion.max_tokens), (Some(0.5), Some(99)));
    assert_eq!(completion.output_schema.unwrap()["required"], json!(["n"]));
}

#[test]
fn an_answer_that_does_not_fit_is_mended_once() {
    let world = check(
        &program("", &["{ id: a, type: agent, agent: judge, max_turns: 1 }"]),
        |world| world.answer("a#t1@1", says("{\"n\": \"four\"}")).answer("a#t2@1", says("{\"n\": 4}")),
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
    assert_eq!(models, ["scripted/first", "scripted/second", "scripted/third", "scripted/third"]);
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
        let request =
            ToolRequest { id: String::new(), tool: "builtin.echo".to_owned(), arguments: arguments.into() };
        message(Message { tool_calls: vec![request; count], ..Message::text(Role::Assistant, "") })
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
    let world = World::new(&program("", &[CLERK])).answer("a#t1@1", asks_for(json!({}), 128)).run();
    let called = world.log.iter().filter(|event| matches!(event.kind, EventKind::ToolCalled { .. }));
    assert_eq!(called.count(), 128);
    assert_eq!(world.view().code, None);
}

#[test]
fn an_adapter_that_answers_with_the_wrong_kind_fails_the_step() {
    let asking = || asks(&[("builtin.echo", json!(1))]);
    for world in [
        World::new(&program("", &[CLERK])).answer("a#t1@1", tool_says(json!(1))),
        World::new(&program("", &[CLERK])).answer("a#t1@1", asking()).answer("a#t1.c0@1", says("?")),
        World::new(&program("", &["{ id: a, type: tool, tool: x.y }"])).answer("a#call@1", says("?")),
    ] {
        assert_eq!(world.run().view().code, Some(ErrorCode::Internal.into()));
    }
}
