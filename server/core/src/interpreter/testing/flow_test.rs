//! How one step follows another: every kind of step where nothing goes wrong, and what templates see.

use serde_json::json;

use super::answers::{program, says, tool_says};
use super::trace::check;
use super::world::World;
use crate::activity::Activity;
use crate::execution::EventKind;

#[test]
fn a_tool_step_is_one_call_with_rendered_arguments() {
    let program = program(
        "context: { region: Dubai }",
        &[
            "{ id: a, type: tool, tool: crm.query, arguments: { who: \"{{ input }}\", in: \"{{ context.region }}\", \
           top: 3 } }",
        ],
    );
    let world = check(
        &program,
        |world| world.answer("a#call@1", tool_says(json!({"rows": [1]}))),
        r#"step.started a tool
           tool.called a call crm.query
           step.completed a {"rows":[1]}
           execution.completed {"rows":[1]}"#,
    );
    let Activity::ExecuteTool(call) = &world.done[0].1 else { panic!("a tool is called") };
    assert_eq!(call.tool, "crm.query");
    assert_eq!(*call.arguments, json!({"who": "hello", "in": "Dubai", "top": 3}));
}

#[test]
fn an_llm_step_is_one_completion_of_its_prompts() {
    let program = program(
        "config: { tone: formal, model: scripted/default }",
        &[
            "{ id: a, type: llm, system: \"Be {{ config.tone }}\", prompt: \"Say {{ input }}\", next: b }",
            "{ id: b, type: llm, model: scripted/own, prompt: \"{{ steps.a.output }} {{ steps.a.status }}\" }",
        ],
    );
    let world = check(
        &program,
        |world| world.answer("a#t1@1", says("Good day")).answer("b#t1@1", says("Bye")),
        r#"step.started a llm
           message.completed a t1
           step.completed a "Good day"
           step.started b llm
           message.completed b t1
           step.completed b "Bye"
           execution.completed "Bye""#,
    );
    let said: Vec<_> = world.done.iter().map(|(_, activity)| completion(activity)).collect();
    let expected = [
        ("scripted/default".to_owned(), vec!["Be formal".to_owned(), "Say hello".to_owned()]),
        ("scripted/own".to_owned(), vec!["Good day completed".to_owned()]),
    ];
    assert_eq!(said, expected);
}

fn completion(activity: &Activity) -> (String, Vec<String>) {
    let Activity::LlmCompletion(completion) = activity else { panic!("a model is asked") };
    assert!(completion.tools.is_empty());
    let messages = completion.messages.iter().map(|m| m.content.clone());
    (completion.model.clone(), messages.collect())
}

#[test]
fn a_branch_takes_the_first_case_that_holds() {
    let steps = [
        "{ id: a, type: branch, cases: [ { when: \"context.n > 5\", next: b }, { when: \"context.n > 2\", next: c } ], \
         default: d }",
        "{ id: b, type: transform, value: large, next: e }",
        "{ id: c, type: transform, value: middle, next: e }",
        "{ id: d, type: transform, value: small, next: e }",
        "{ id: e, type: transform, value: \"{{ steps.a.output }}\" }",
    ];
    for (n, step, value) in [(9, "b", "large"), (3, "c", "middle"), (1, "d", "small")] {
        check(
            &program(&format!("context: {{ n: {n} }}"), &steps),
            |world| world,
            &format!(
                r#"step.started a branch
                   step.completed a "{step}"
                   step.started {step} transform
                   step.completed {step} "{value}"
                   step.started e transform
                   step.completed e "{step}"
                   execution.completed "{step}""#
            ),
        );
    }
}

#[test]
fn a_branch_without_a_default_ends_its_sequence() {
    let steps = [
        "{ id: a, type: branch, cases: [ { when: \"input == 'no'\", next: b } ] }",
        "{ id: b, type: transform, value: 1 }",
    ];
    check(
        &program("", &steps),
        |world| world,
        "step.started a branch
         step.completed a null
         execution.completed null",
    );
}

#[test]
fn a_condition_that_cannot_be_computed_fails_the_step() {
    let steps = [
        "{ id: a, type: branch, cases: [ { when: \"context.missing > 1\", next: b } ] }",
        "{ id: b, type: transform, value: 1 }",
    ];
    check(
        &program("", &steps),
        |world| world,
        "step.started a branch
         step.failed a definition_error
         execution.failed definition_error",
    );
}

#[test]
fn a_wait_is_a_timer() {
    let steps = ["{ id: a, type: wait, seconds: 90, next: b }", "{ id: b, type: transform, value: done }"];
    check(
        &program("", &steps),
        |world| world,
        r#"step.started a wait
           timer.started a in 90000 ms
           timer.fired a
           step.completed a null
           step.started b transform
           step.completed b "done"
           execution.completed "done""#,
    );
}

#[test]
fn a_wait_is_measured_or_lasts_until_a_time() {
    // The world begins at 2027-01-15T08:00:00Z.
    for (how, pause) in [
        ("seconds: \"{{ context.n }}\"", 1_500),
        ("seconds: \"{{ context.n }} \"", 1_500),
        ("seconds: 0", 0),
        ("until: \"2027-01-15T08:00:02Z\"", 2_000),
        ("until: \"2027-01-15T12:00:03+04:00\"", 3_000),
        ("until: \"2020-01-01T00:00:00Z\"", 0),
    ] {
        check(
            &program("context: { n: 1.5 }", &[&format!("{{ id: a, type: wait, {how} }}")]),
            |world| world,
            &format!(
                "step.started a wait
                 timer.started a in {pause} ms
                 timer.fired a
                 step.completed a null
                 execution.completed null"
            ),
        );
    }
}

#[test]
fn a_wait_that_is_no_time_fails() {
    for how in [
        "seconds: \"{{ input }}\"",
        "seconds: \"{{ context.less }}\"",
        "seconds: \"{{ context.ages }}\"",
        "until: \"{{ input }}\"",
        "until: \"{{ context.late }}\"",
    ] {
        check(
            &program(
                "context: { less: -1, ages: 99999999999, late: \"2999-01-01T00:00:00Z\" }",
                &[&format!("{{ id: a, type: wait, {how} }}")],
            ),
            |world| world,
            "step.started a wait
             step.failed a definition_error
             execution.failed definition_error",
        );
    }
}

#[test]
fn a_fail_step_ends_the_run_with_the_authors_code() {
    for (code, expected) in [
        ("code: out_of_stock, ", "out_of_stock"),
        ("", "failed"),
        ("code: timed_out, ", "timed_out"),
        ("code: \"{{ input }}\", ", "hello"),
        ("code: \"No {{ input }}\", ", "definition_error"),
    ] {
        let world = check(
            &program("", &[&format!("{{ id: a, type: fail, {code}message: \"No {{{{ input }}}} here\" }}")]),
            |world| world,
            &format!(
                "step.started a fail
                 step.failed a {expected}
                 execution.failed {expected}"
            ),
        );
        if expected != "definition_error" {
            assert_eq!(world.view().error.as_deref(), Some("No hello here"));
        }
    }
}

#[test]
fn the_output_is_a_template_where_there_is_one() {
    let program = program(
        "output: { first: \"{{ steps.a.output }}\", asked: \"{{ input }}\", by: \"{{ session }}\" }",
        &[
            "{ id: a, type: transform, value: [1, 2.5], next: b }",
            "{ id: b, type: transform, value: ignored }",
        ],
    );
    check(
        &program,
        |world| world,
        r#"step.started a transform
           step.completed a [1,2.5]
           step.started b transform
           step.completed b "ignored"
           execution.completed {"asked":"hello","by":"session-1","first":[1,2.5]}"#,
    );
}

#[test]
fn an_output_that_does_not_fit_fails_the_run() {
    check(
        &program("output_schema: { type: object }", &["{ id: a, type: transform, value: 5 }"]),
        |world| world,
        "step.started a transform
         step.completed a 5
         execution.failed invalid_output",
    );
    check(
        &program("output: \"{{ context.missing }}\"", &["{ id: a, type: transform, value: 5 }"]),
        |world| world,
        "step.started a transform
         step.completed a 5
         execution.failed definition_error",
    );
}

#[test]
fn a_title_is_rendered_and_cut_and_never_fails_a_step() {
    for (summary, title) in [
        ("\"For {{ input }}\"", Some("For hello".to_owned())),
        ("\"{{ context.missing }}\"", None),
        ("\"{{ 'x' * 500 }}\"", Some("x".repeat(200))),
    ] {
        let steps = [format!("{{ id: a, type: transform, value: 1, summary: {summary} }}")];
        let world = World::new(&program("", &[&steps[0]])).run();
        let titles = world.log.iter().find_map(|event| match &event.kind {
            EventKind::StepStarted { title, .. } => Some(title.clone()),
            _ => None,
        });
        assert_eq!(titles, Some(title), "{summary}");
    }
}
