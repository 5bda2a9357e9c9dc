//! Bounds that no definition sets: size and depth of values.

use serde_json::{Value, json};

use super::answers::{Answer, asks, program, says, tool_says};
use super::load_test::{row, start};
use super::world::World;
use crate::activity::ActivityError;
use crate::error::ErrorCode;
use crate::execution::{EventKind, ExecutionView};
use crate::failure::Failure;
use crate::ids::ExecutionId;
use crate::workflow::program::Program;
use crate::workflow::{Problem, parse};

fn nested(levels: usize) -> Value {
    (0..levels).fold(Value::Null, |inner, _| json!([inner]))
}

#[test]
fn a_value_that_the_log_could_not_be_read_back_with_is_refused() {
    // The world reads every event back from its text: 96 levels fit.
    for (levels, code) in [(96, None), (97, Some(ErrorCode::ToolFailed)), (500, Some(ErrorCode::ToolFailed))]
    {
        let world = World::new(&program("result_mode: raw", &["{ id: a, type: tool, tool: x.y }"]))
            .otherwise(move |_, _| tool_says(nested(levels)))
            .run();
        assert_eq!(world.view().code, code.map(Into::into), "{levels}");
        serde_json::from_str::<Value>(&serde_json::to_string(&world.view()).unwrap()).unwrap();
    }
}

#[test]
fn templates_cannot_pile_values_up() {
    let steps = [
        "{ id: a, type: tool, tool: x.y, next: b }",
        "{ id: b, type: transform, value: { more: \"{{ steps.a.output }}\" } }",
    ];
    let world = World::new(&program("", &steps)).otherwise(|_, _| tool_says(nested(96))).run();
    assert_eq!(world.view().code, Some(ErrorCode::DefinitionError.into()));
    let joined = ["{ id: a, type: parallel, branches: [b] }", "{ id: b, type: tool, tool: x.y }"];
    let world = World::new(&program("", &joined)).otherwise(|_, _| tool_says(nested(96))).run();
    assert_eq!(world.view().code, Some(ErrorCode::DefinitionError.into()));
    let answer = ["{ id: a, type: llm, model: scripted/x, prompt: hi, output_schema: { type: array } }"];
    let world = World::new(&program("", &answer)).otherwise(|_, _| says(&nested(97).to_string())).run();
    assert_eq!(world.view().code, Some(ErrorCode::InvalidOutput.into()));
}

#[test]
fn a_tools_flood_is_refused_and_an_agent_is_told() {
    let world = World::new(&program("", &["{ id: a, type: agent, agent: clerk }"]))
        .answer("a#t1@1", asks(&[("builtin.echo", json!(1))]))
        .answer("a#t1.c0@1", tool_says(json!("x".repeat(9 << 20))))
        .run();
    assert_eq!(world.view().code, None);
    let told = world.log.iter().find_map(|event| match &event.kind {
        EventKind::ToolResult { result, .. } => result.as_ref().err().map(|failure| failure.error.clone()),
        _ => None,
    });
    assert_eq!(told.as_deref(), Some("The tool's output is larger than 8 MiB"));
}

#[test]
fn a_conversation_cannot_grow_for_ever() {
    let calls: Vec<_> = (0..8).map(|n| ("builtin.echo", json!(n))).collect();
    let world = World::new(&program("", &["{ id: a, type: agent, agent: clerk }"]))
        .answer("a#t1@1", asks(&calls))
        .otherwise(|_, _| tool_says(json!("x".repeat(7 << 20))))
        .run();
    assert_eq!(world.view().code, Some(ErrorCode::BudgetExceeded.into()));
    assert_eq!(world.done.len(), 4, "one message, three answers of 7 MiB");
}

#[test]
fn the_outputs_of_a_run_are_bounded_together() {
    let steps =
        row(100, |_| "type: transform, value: \"{{ 'x' * 1000000 }}\", on_error: continue".to_owned());
    let steps: Vec<_> = steps.iter().map(String::as_str).collect();
    let (_, events) = start(&program("", &steps));
    let view = ExecutionView::fold(ExecutionId::from_uuid(1), &events).unwrap();
    assert_eq!(view.code, Some(ErrorCode::BudgetExceeded.into()));
    assert_eq!(view.progress.steps_done, 68, "67 steps of a million bytes fit, one more ended the run");
}

#[test]
fn a_definition_can_nest_only_so_deep() {
    let nested = |levels: usize| {
        let mut steps = vec!["{ id: a, type: parallel, branches: [s1] }".to_owned()];
        steps.extend((1..levels).map(|n| format!("{{ id: s{n}, type: parallel, branches: [s{}] }}", n + 1)));
        steps.push(format!("{{ id: s{levels}, type: transform, value: 1 }}"));
        steps
    };
    let steps = nested(64);
    let steps: Vec<_> = steps.iter().map(String::as_str).collect();
    assert_eq!(World::new(&program("", &steps)).run().view().code, None);
    let refused = |levels: usize| {
        let steps: String = nested(levels).iter().map(|step| format!("  - {step}\n")).collect();
        let definition = parse::definition(&format!("id: t\nentry_step: a\nsteps:\n{steps}")).unwrap();
        Program::new(definition, []).unwrap_err()
    };
    let detail = "step `s65` is inside of more than 64 others; nest less deep";
    for levels in [65, 66, 2_000] {
        assert_eq!(refused(levels), [Problem::new("/steps/65", detail)], "{levels}");
    }
}

#[test]
fn the_character_that_postgresql_refuses_never_gets_into_the_log() {
    let step = "{ id: a, type: agent, agent: clerk, on_error: continue, next: b }";
    let tool = "{ id: b, type: tool, tool: x.y }";
    let arguments = json!({"a\0": ["b\0"]});
    let answers = || {
        World::new(&program("", &[step, tool]))
            .answer("a#t1@1", asks(&[("builtin.echo", arguments.clone()), ("no\0", json!(1))]))
            .answer("a#t2@1", says("said\0"))
    };
    let works = answers().answer("b#call@1", tool_says(arguments.clone())).run();
    let failure = Failure::new(ErrorCode::ToolFailed, "no\0").with_detail("why\0");
    let fails = answers().answer("b#call@1", Answer::Now(Err(ActivityError::permanent(failure)))).run();
    for world in [works, fails] {
        let log = serde_json::to_string(&world.log).unwrap();
        assert!(!log.contains("\\u0000"), "{log}");
        assert!(log.contains("said\u{fffd}") && log.contains("no\u{fffd}"), "{log}");
    }
}
