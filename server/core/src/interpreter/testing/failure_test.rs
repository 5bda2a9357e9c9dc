//! Failures: retries, `on_error`, time-outs.

use serde_json::json;

use super::answers::{Answer, breaks, fails, program, says, stumbles};
use super::trace::check;
use super::world::World;
use crate::activity::RetryClass;
use crate::error::ErrorCode;
use crate::interpreter::{Duty, Input};

#[test]
fn an_activity_is_tried_again_with_growing_pauses() {
    let step = "{ id: a, type: tool, tool: x.y, arguments: { n: 1 }, \
                retry: { max_attempts: 5, initial_interval_ms: 100, backoff: 3.0, max_interval_ms: 500 } }";
    let world = check(
        &program("", &[step]),
        |world| (1..5).fold(world, |world, attempt| world.answer(&format!("a#call@{attempt}"), stumbles())),
        r#"step.started a tool
           tool.called a call x.y
           step.retrying a call@2 error in 100 ms
           step.retrying a call@3 error in 300 ms
           step.retrying a call@4 error in 500 ms
           step.retrying a call@5 error in 500 ms
           step.completed a {"n":1}
           execution.completed {"n":1}"#,
    );
    assert_eq!(world.done.len(), 5);
    // Nothing was begun before its time: five activities of 10 ms, and the pauses.
    assert_eq!(world.view().metadata.duration_ms, Some(50 + 100 + 300 + 500 + 500));
}

#[test]
fn a_provider_may_ask_for_a_longer_pause() {
    let step = "{ id: a, type: tool, tool: x.y, retry: { max_attempts: 9, initial_interval_ms: 1000 } }";
    check(
        &program("", &[step]),
        |world| {
            world
                .answer("a#call@1", fails(ErrorCode::ProviderRateLimited, RetryClass::After(7_000)))
                .answer("a#call@2", fails(ErrorCode::ProviderRateLimited, RetryClass::After(1)))
                .answer("a#call@3", fails(ErrorCode::ProviderRateLimited, RetryClass::After(3_600_001)))
        },
        "step.started a tool
         tool.called a call x.y
         step.retrying a call@2 error in 7000 ms
         step.retrying a call@3 error in 2000 ms
         step.failed a provider_rate_limited
         execution.failed provider_rate_limited",
    );
}

#[test]
fn attempts_end() {
    // Three attempts where the step says nothing.
    let world =
        World::new(&program("", &["{ id: a, type: tool, tool: x.y }"])).otherwise(|_, _| stumbles()).run();
    let ids: Vec<_> = world.done.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["a#call@1", "a#call@2", "a#call@3"]);
    let view = world.view();
    assert_eq!(view.error.as_deref(), Some("It did not work"));
    assert_eq!((view.code, view.retryable), (Some(ErrorCode::ProviderError.into()), Some(true)));
}

#[test]
fn on_error_continue_goes_on_with_a_null_output() {
    let steps = [
        "{ id: a, type: tool, tool: x.y, on_error: continue, next: b }",
        "{ id: b, type: transform, value: [ \"{{ steps.a.status }}\", \"{{ steps.a.output }}\" ] }",
    ];
    check(
        &program("", &steps),
        |world| world.answer("a#call@1", breaks()),
        r#"step.started a tool
           tool.called a call x.y
           step.failed a tool_failed handled
           step.started b transform
           step.completed b ["failed",null]
           execution.completed ["failed",null]"#,
    );
}

#[test]
fn on_error_next_goes_another_way() {
    let steps = [
        "{ id: a, type: tool, tool: x.y, on_error: { next: c }, next: b }",
        "{ id: b, type: transform, value: fine }",
        "{ id: c, type: transform, value: mended }",
    ];
    check(
        &program("", &steps),
        |world| world.answer("a#call@1", breaks()),
        r#"step.started a tool
           tool.called a call x.y
           step.failed a tool_failed handled
           step.started c transform
           step.completed c "mended"
           execution.completed "mended""#,
    );
}

#[test]
fn a_last_step_that_fails_and_is_handled_gives_null() {
    check(
        &program("", &["{ id: a, type: transform, value: \"{{ context.no }}\", on_error: continue }"]),
        |world| world,
        "step.started a transform
         step.failed a definition_error handled
         execution.completed null",
    );
}

#[test]
fn every_template_of_a_step_can_fail_it() {
    for step in [
        "{ id: a, type: tool, tool: x.y, arguments: { q: \"{{ context.no }}\" } }",
        "{ id: a, type: llm, model: scripted/x, prompt: \"{{ context.no }}\" }",
        "{ id: a, type: llm, model: scripted/x, prompt: hi, system: \"{{ context.no }}\" }",
        "{ id: a, type: agent, agent: clerk, input: \"{{ context.no }}\" }",
        "{ id: a, type: transform, value: { x: [ \"{{ context.no }}\" ] } }",
        "{ id: a, type: wait, seconds: \"{{ context.no }}\" }",
        "{ id: a, type: wait, until: \"{{ context.no }}\" }",
        "{ id: a, type: fail, message: \"{{ context.no }}\" }",
        "{ id: a, type: fail, code: \"{{ context.no }}\", message: hi }",
    ] {
        let world = World::new(&program("", &[step])).run();
        let view = world.view();
        assert_eq!(view.code, Some(ErrorCode::DefinitionError.into()), "{step}");
        assert_eq!(view.error.as_deref(), Some("A template of step 'a' cannot be rendered"), "{step}");
        assert!(world.done.is_empty(), "{step}");
    }
}

#[test]
fn the_time_out_of_a_tool_is_that_of_each_attempt() {
    let step = "{ id: a, type: tool, tool: x.y, timeout_seconds: 20, \
                retry: { max_attempts: 2, initial_interval_ms: 1000 } }";
    let mut world =
        World::new(&program("", &[step])).answer("a#call@1", Answer::Slow).answer("a#call@2", Answer::Slow);
    world.start();
    let first = Duty::Call { not_before: None, timeout_ms: Some(20_000) };
    assert_eq!(world.due("a#call@1"), first);
    world.finish();
    let view = world.view();
    assert_eq!(view.code, Some(ErrorCode::StepTimeout.into()));
    assert_eq!(view.metadata.duration_ms, Some(20_000 + 1_000 + 20_000));
}

#[test]
fn the_time_out_of_every_other_step_is_that_of_the_whole_step() {
    for (step, begun) in [
        ("{ id: a, type: agent, agent: clerk, timeout_seconds: 5 }", "agent.started a clerk"),
        ("{ id: a, type: wait, seconds: 9, timeout_seconds: 5 }", "timer.started a in 9000 ms"),
    ] {
        let kind = if step.contains("agent") { "agent" } else { "wait" };
        let world = check(
            &program("", &[step]),
            |world| world.answer("a#t1@1", Answer::Slow),
            &format!(
                "step.started a {kind}
                 {begun}
                 step.failed a step_timeout
                 execution.failed step_timeout"
            ),
        );
        assert_eq!(world.view().metadata.duration_ms, Some(5_000));
    }
}

#[test]
fn a_step_deadline_can_be_handled_and_what_was_under_way_is_no_longer_due() {
    let steps = [
        "{ id: a, type: agent, agent: clerk, timeout_seconds: 5, on_error: continue, next: b }",
        "{ id: b, type: tool, tool: x.y }",
    ];
    let mut world = World::new(&program("", &steps)).answer("a#t1@1", Answer::Slow);
    world.start();
    let late = world.id("a#t1@1");
    assert!(world.turn());
    assert_eq!(world.open_calls(), ["b#call@1"]);
    let events = world.feed(Input::Outcome { obligation: late, result: Box::new(says("late").outcome()) });
    assert_eq!(events, []);
    world.finish();
    assert_eq!(world.view().result.unwrap()["data"], json!({}));
}

#[test]
fn a_run_ends_at_its_time_limit_whatever_it_does() {
    for step in [
        "{ id: a, type: wait, seconds: 999 }",
        "{ id: a, type: tool, tool: x.y, on_error: continue }",
        "{ id: a, type: agent, agent: clerk, timeout_seconds: 999 }",
    ] {
        let world = World::new(&program("limits: { timeout_seconds: 60 }", &[step]))
            .otherwise(|_, _| Answer::Slow)
            .run();
        let view = world.view();
        assert_eq!(view.code, Some(ErrorCode::TimedOut.into()), "{step}");
        assert_eq!(view.metadata.duration_ms, Some(60_000), "{step}");
        assert_eq!(view.state.as_str(), "timed_out");
    }
}
