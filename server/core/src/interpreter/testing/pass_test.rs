//! `map` and `loop`: sequences that are gone through many times.

use serde_json::json;

use super::answers::{breaks, program, says, tool_says};
use super::trace::check;
use super::world::World;
use crate::activity::Activity;
use crate::error::ErrorCode;
use crate::execution::EventKind;

const EACH: [&str; 3] = [
    "{ id: each, type: map, items: \"{{ context.docs }}\", as: doc, steps: [read, rate], max_concurrency: 2, \
       next: end }",
    "{ id: read, type: tool, tool: x.y, arguments: { doc: \"{{ doc }}\", n: \"{{ index }}\" } }",
    "{ id: rate, type: transform, value: \"{{ steps.read.output.doc }} is {{ steps.read.output.n }}\" }",
];

fn each(docs: &str) -> std::sync::Arc<crate::workflow::program::Program> {
    let mut steps = EACH.to_vec();
    steps.push("{ id: end, type: transform, value: \"{{ steps.each.output }}\" }");
    program(&format!("context: {{ docs: {docs} }}"), &steps)
}

#[test]
fn a_map_goes_through_its_items_a_few_at_a_time() {
    let world = check(
        &each("[a, b, c]"),
        |world| world,
        r#"step.started each map
           step.started each#0/read tool
           tool.called each#0/read call x.y
           step.started each#1/read tool
           tool.called each#1/read call x.y
           step.completed each#0/read {"doc":"a","n":0}
           step.started each#0/rate transform
           step.completed each#0/rate "a is 0"
           step.started each#2/read tool
           tool.called each#2/read call x.y
           step.completed each#1/read {"doc":"b","n":1}
           step.started each#1/rate transform
           step.completed each#1/rate "b is 1"
           step.completed each#2/read {"doc":"c","n":2}
           step.started each#2/rate transform
           step.completed each#2/rate "c is 2"
           step.completed each ["a is 0","b is 1","c is 2"]
           step.started end transform
           step.completed end ["a is 0","b is 1","c is 2"]
           execution.completed ["a is 0","b is 1","c is 2"]"#,
    );
    let keys: Vec<_> = world.done.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(keys, ["each#0/read#call@1", "each#1/read#call@1", "each#2/read#call@1"]);
    assert_eq!(world.view().progress.steps_done, 8);
    assert_eq!(world.view().progress.steps_total, 8);
}

#[test]
fn a_map_over_nothing_is_an_empty_list() {
    check(
        &each("[]"),
        |world| world,
        "step.started each map
         step.completed each []
         step.started end transform
         step.completed end []
         execution.completed []",
    );
}

#[test]
fn items_that_are_no_list_or_too_many_fail_the_step() {
    let many = |count: usize| format!("{:?}", vec![1; count]);
    for (docs, sentence) in [
        ("word", "The items of step 'each' are no list"),
        (&many(10_001), "Step 'each' has 10001 items; at most 10000 are allowed"),
        (&many(100_000), "Step 'each' has 100000 items; at most 10000 are allowed"),
    ] {
        let world = World::new(&each(docs)).run();
        let Some(EventKind::ExecutionFailed { failure }) = world.log.last().map(|event| &event.kind) else {
            panic!("it fails")
        };
        assert_eq!(failure.error, sentence);
        assert_eq!(failure.code, ErrorCode::DefinitionError);
    }
}

#[test]
fn one_item_that_fails_stops_the_others() {
    check(
        &each("[a, b, c]"),
        |world| world.answer("each#1/read#call@1", breaks()).seed(3),
        r#"step.started each map
           step.started each#0/read tool
           tool.called each#0/read call x.y
           step.started each#1/read tool
           tool.called each#1/read call x.y
           step.failed each#1/read tool_failed
           step.failed each#0/read cancelled
           step.failed each tool_failed
           execution.failed tool_failed"#,
    );
}

const REFINE: [&str; 4] = [
    "{ id: refine, type: loop, while: \"index == 0 or steps.judge.output.score < 8\", steps: [draft, judge], \
       max_iterations: 4, next: end }",
    "{ id: draft, type: llm, prompt: \"Draft {{ index }}\" }",
    "{ id: judge, type: tool, tool: x.y, arguments: { of: \"{{ steps.draft.output }}\" } }",
    "{ id: end, type: transform, value: \"{{ steps.refine.output.score }}\" }",
];

#[test]
fn a_loop_looks_at_the_round_before() {
    let world = check(
        &program("config: { model: scripted/x }", &REFINE),
        |world| {
            world
                .answer("refine#0/draft#t1@1", says("rough"))
                .answer("refine#0/judge#call@1", tool_says(json!({"score": 5})))
                .answer("refine#1/draft#t1@1", says("fine"))
                .answer("refine#1/judge#call@1", tool_says(json!({"score": 9})))
        },
        r#"step.started refine loop
           step.started refine#0/draft llm
           message.completed refine#0/draft t1
           step.completed refine#0/draft "rough"
           step.started refine#0/judge tool
           tool.called refine#0/judge call x.y
           step.completed refine#0/judge {"score":5}
           step.started refine#1/draft llm
           message.completed refine#1/draft t1
           step.completed refine#1/draft "fine"
           step.started refine#1/judge tool
           tool.called refine#1/judge call x.y
           step.completed refine#1/judge {"score":9}
           step.completed refine {"score":9}
           step.started end transform
           step.completed end 9
           execution.completed 9"#,
    );
    let asked = world.done.iter().filter_map(|(_, activity)| match activity {
        Activity::LlmCompletion(completion) => Some(completion.messages[0].content.clone()),
        _ => None,
    });
    assert_eq!(asked.collect::<Vec<_>>(), ["Draft 0", "Draft 1"]);
}

#[test]
fn a_loop_ends_after_its_last_round_and_may_have_none() {
    let steps = |condition: &str, most: u32| {
        [
            format!(
                "{{ id: again, type: loop, while: \"{condition}\", steps: [count], max_iterations: {most} }}"
            ),
            "{ id: count, type: transform, value: \"{{ index }}\" }".to_owned(),
        ]
    };
    let output = |condition: &str, most: u32, limits: &str| {
        let steps = steps(condition, most);
        let world = World::new(&program(limits, &[&steps[0], &steps[1]])).run();
        match &world.log.last().unwrap().kind {
            EventKind::ExecutionCompleted { output } => (**output).clone(),
            EventKind::ExecutionFailed { failure } => json!(failure.code),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(output("true", 5, ""), json!(4));
    assert_eq!(output("index < 3", 5, ""), json!(2));
    assert_eq!(output("false", 5, ""), json!(null));
    // A loop that would not end meets the bound of the run.
    assert_eq!(output("true", 1000, "limits: { max_steps: 50 }"), json!("budget_exceeded"));
    // What the round before did not come to is null.
    assert_eq!(output("steps.count.status == 'pending'", 5, ""), json!(0));
}

#[test]
fn passes_inside_passes_see_what_is_around_them() {
    let steps = [
        "{ id: rows, type: map, items: [[1, 2], [3]], as: row, steps: [cells, sum] }",
        "{ id: cells, type: map, items: \"{{ row }}\", steps: [both] }",
        "{ id: both, type: parallel, branches: [left, right], next: cell }",
        "{ id: left, type: transform, value: \"{{ item }}\" }",
        "{ id: right, type: transform, value: \"{{ row | length }}\" }",
        "{ id: cell, type: transform, value: \"{{ index }}:{{ steps.left.output }}/{{ steps.right.output }}\" }",
        "{ id: sum, type: transform, value: \"{{ index }}={{ steps.cells.output | join(' ') }}\" }",
    ];
    let world = World::new(&program("", &steps)).run();
    let Some(EventKind::ExecutionCompleted { output }) = world.log.last().map(|event| &event.kind) else {
        panic!("it completes")
    };
    assert_eq!(**output, json!(["0=0:1/2 1:2/2", "1=0:3/1"]));
}
