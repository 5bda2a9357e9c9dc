//! Sequences side by side: joining, failing, nesting, and what is under way when one of them ends.

use serde_json::json;

use super::answers::{Answer, breaks, fails, program, tool_says};
use super::trace::{assert_events, assert_trace, check};
use super::world::World;
use crate::activity::RetryClass;
use crate::error::ErrorCode;

/// Two branches of two steps each.
fn pair(options: &str) -> [String; 5] {
    [
        format!("{{ id: a, type: parallel, branches: [l1, r1]{options} }}"),
        "{ id: l1, type: tool, tool: x.l1, next: l2 }".to_owned(),
        "{ id: l2, type: tool, tool: x.l2 }".to_owned(),
        "{ id: r1, type: tool, tool: x.r1, next: r2 }".to_owned(),
        "{ id: r2, type: tool, tool: x.r2 }".to_owned(),
    ]
}

fn pair_world(options: &str, more: &[&str]) -> World {
    let steps = pair(options);
    let steps: Vec<_> = steps.iter().map(String::as_str).chain(more.iter().copied()).collect();
    World::new(&program("", &steps))
}

#[test]
fn branches_are_joined_by_the_names_of_their_first_steps() {
    let world = pair_world(", next: b", &["{ id: b, type: transform, value: \"{{ steps.a.output.r1 }}\" }"])
        .answer("a/l2#call@1", tool_says(json!("left")))
        .answer("a/r2#call@1", tool_says(json!("right")))
        .run();
    assert_trace(
        &world,
        r#"step.started a parallel
           step.started a/l1 tool
           tool.called a/l1 call x.l1
           step.started a/r1 tool
           tool.called a/r1 call x.r1
           step.completed a/l1 {}
           step.started a/l2 tool
           tool.called a/l2 call x.l2
           step.completed a/l2 "left"
           step.completed a/r1 {}
           step.started a/r2 tool
           tool.called a/r2 call x.r2
           step.completed a/r2 "right"
           step.completed a {"l1":"left","r1":"right"}
           step.started b transform
           step.completed b "right"
           execution.completed "right""#,
    );
}

#[test]
fn one_failure_stops_the_other_branches_at_once() {
    let mut world = pair_world("", &[]);
    world.start();
    assert_eq!(world.open_calls(), ["a/l1#call@1", "a/r1#call@1"]);
    world.give("a/l1#call@1", tool_says(json!(1)));
    let events = world.give("a/r1#call@1", breaks());
    assert_events(
        &events,
        "step.failed a/r1 tool_failed
         step.failed a/l2 cancelled
         step.failed a tool_failed
         execution.failed tool_failed",
    );
}

#[test]
fn with_fail_wait_the_others_run_to_their_end() {
    let mut world = pair_world(", fail: wait", &[]);
    world.start();
    assert_events(&world.give("a/r1#call@1", breaks()), "step.failed a/r1 tool_failed");
    world.give("a/l1#call@1", tool_says(json!(1)));
    assert_events(
        &world.give("a/l2#call@1", tool_says(json!(2))),
        "step.completed a/l2 2
         step.failed a tool_failed
         execution.failed tool_failed",
    );
}

#[test]
fn of_several_failures_the_first_in_the_definition_counts() {
    for seed in 1..20 {
        let world = pair_world(", fail: wait", &[])
            .seed(seed)
            .answer("a/l2#call@1", fails(ErrorCode::EgressDenied, RetryClass::Never))
            .answer("a/r1#call@1", breaks())
            .run();
        assert_eq!(world.view().code, Some(ErrorCode::EgressDenied.into()), "seed {seed}");
    }
}

#[test]
fn a_failure_that_its_branch_handles_is_none_of_the_parallels() {
    let steps = [
        "{ id: a, type: parallel, branches: [l, r] }",
        "{ id: l, type: tool, tool: x.l, on_error: continue, next: m }",
        "{ id: m, type: transform, value: \"{{ steps.l.status }}\" }",
        "{ id: r, type: tool, tool: x.r, on_error: continue }",
    ];
    check(
        &program("", &steps),
        |world| world.otherwise(|_, _| breaks()),
        r#"step.started a parallel
           step.started a/l tool
           tool.called a/l call x.l
           step.started a/r tool
           tool.called a/r call x.r
           step.failed a/l tool_failed handled
           step.started a/m transform
           step.completed a/m "failed"
           step.failed a/r tool_failed handled
           step.completed a {"l":"failed","r":null}
           execution.completed {"l":"failed","r":null}"#,
    );
}

#[test]
fn nothing_begins_inside_a_parallel_that_failed_in_the_same_decision() {
    // One branch has its next step queued when the other one brings the parallel down.
    let left = "step.started a/l transform
                step.failed a/l definition_error";
    let right = "step.started a/r1 transform
                 step.completed a/r1 1";
    for (order, first, second) in [("l, r1", left, right), ("r1, l", right, left)] {
        let steps = [
            &format!("{{ id: a, type: parallel, branches: [{order}], on_error: continue, next: z }}"),
            "{ id: l, type: transform, value: \"{{ context.no }}\" }",
            "{ id: r1, type: transform, value: 1, next: r2 }",
            "{ id: r2, type: tool, tool: x.r2 }",
            "{ id: z, type: wait, seconds: 5 }",
        ];
        check(
            &program("", &steps),
            |world| world,
            &format!(
                "step.started a parallel
                 {first}
                 {second}
                 step.failed a definition_error handled
                 step.started z wait
                 timer.started z in 5000 ms
                 timer.fired z
                 step.completed z null
                 execution.completed null"
            ),
        );
    }
}

#[test]
fn a_branch_that_takes_no_case_ends_its_sequence_with_null() {
    let steps = [
        "{ id: a, type: parallel, branches: [l, r] }",
        "{ id: l, type: branch, cases: [ { when: \"input == 'no'\", next: m } ] }",
        "{ id: m, type: transform, value: 1 }",
        "{ id: r, type: branch, cases: [ { when: \"input == 'hello'\", next: s } ] }",
        "{ id: s, type: transform, value: 2 }",
    ];
    let world = World::new(&program("result_mode: raw", &steps)).run();
    assert_eq!(*world.view().result.unwrap(), json!({"l": null, "r": 2}));
}

/// A parallel inside each branch of a parallel.
const NESTED: [&str; 7] = [
    "{ id: a, type: parallel, branches: [p, q], on_error: { next: z } }",
    "{ id: p, type: parallel, branches: [p1, p2] }",
    "{ id: p1, type: tool, tool: x.p1 }",
    "{ id: p2, type: tool, tool: x.p2 }",
    "{ id: q, type: parallel, branches: [q1], on_error: continue }",
    "{ id: q1, type: tool, tool: x.q1 }",
    "{ id: z, type: transform, value: \"{{ steps.a.status }}\" }",
];

#[test]
fn parallels_nest() {
    let world =
        World::new(&program("result_mode: raw", &NESTED)).otherwise(|id, _| tool_says(json!(id.as_str())));
    assert_eq!(
        *world.run().view().result.unwrap(),
        json!({"p": {"p1": "a/p/p1#call@1", "p2": "a/p/p2#call@1"}, "q": {"q1": "a/q/q1#call@1"}})
    );
}

#[test]
fn a_failure_goes_up_until_somebody_handles_it() {
    let mut world = World::new(&program("", &NESTED));
    world.start();
    // Handled by its own parallel: the one around it goes on.
    assert_events(
        &world.give("a/q/q1#call@1", breaks()),
        "step.failed a/q/q1 tool_failed
         step.failed a/q tool_failed handled",
    );
    assert_events(
        &world.give("a/p/p2#call@1", breaks()),
        r#"step.failed a/p/p2 tool_failed
           step.failed a/p/p1 cancelled
           step.failed a/p tool_failed
           step.failed a tool_failed handled
           step.started z transform
           step.completed z "failed"
           execution.completed "failed""#,
    );
}

#[test]
fn the_inner_steps_of_an_ended_branch_end_before_it() {
    let mut world = World::new(&program("", &NESTED)).answer("a/q/q1#call@1", breaks());
    world.start();
    let mut other = World::new(&program("", &{
        let mut steps = NESTED;
        steps[4] = "{ id: q, type: tool, tool: x.q, next: q1 }";
        steps
    }));
    other.start();
    assert_events(
        &other.give("a/q#call@1", breaks()),
        r#"step.failed a/q tool_failed
           step.failed a/p/p2 cancelled
           step.failed a/p/p1 cancelled
           step.failed a/p cancelled
           step.failed a tool_failed handled
           step.started z transform
           step.completed z "failed"
           execution.completed "failed""#,
    );
}

#[test]
fn the_deadline_of_a_parallel_stops_what_is_inside() {
    let world = pair_world(
        ", timeout_seconds: 3, on_error: { next: z }",
        &["{ id: z, type: transform, value: \"{{ steps.a.status }}\" }"],
    )
    .answer("a/l2#call@1", Answer::Slow)
    .answer("a/r1#call@1", Answer::Slow)
    .run();
    assert_trace(
        &world,
        r#"step.started a parallel
           step.started a/l1 tool
           tool.called a/l1 call x.l1
           step.started a/r1 tool
           tool.called a/r1 call x.r1
           step.completed a/l1 {}
           step.started a/l2 tool
           tool.called a/l2 call x.l2
           step.failed a/r1 cancelled
           step.failed a/l2 cancelled
           step.failed a step_timeout handled
           step.started z transform
           step.completed z "failed"
           execution.completed "failed""#,
    );
}

#[test]
fn a_fail_step_inside_a_branch_ends_the_whole_run() {
    let steps = [
        "{ id: a, type: parallel, branches: [l, r], on_error: continue }",
        "{ id: l, type: wait, seconds: 1, next: m }",
        "{ id: m, type: fail, message: enough }",
        "{ id: r, type: wait, seconds: 9 }",
    ];
    check(
        &program("", &steps),
        |world| world,
        "step.started a parallel
         step.started a/l wait
         timer.started a/l in 1000 ms
         step.started a/r wait
         timer.started a/r in 9000 ms
         timer.fired a/l
         step.completed a/l null
         step.started a/m fail
         step.failed a/m failed
         execution.failed failed",
    );
}
