//! `workflow`: children, their share of the limits, and what becomes of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::answers::{Answer, USAGE, ends, ends_badly, program, says};
use super::trace::{assert_trace, check};
use super::world::World;
use crate::error::ErrorCode;
use crate::execution::{Budget, ChildEnd, ChildRun, EventKind, Parent, Pins};
use crate::ids::ExecutionId;
use crate::interpreter::{Duty, Input, Phase, Start};
use crate::json::Json;
use crate::path::StepPath;
use crate::time::Timestamp;
use crate::workflow::program::Program;

const SUB: &str =
    "{ id: sub, type: workflow, workflow: other, input: \"{{ input }}!\", context: { of: \"{{ input }}\" } }";

fn budget(max_steps: u32, max_tokens: Option<u64>, max_cost_usd: Option<f64>) -> Budget {
    Budget { max_steps, max_tokens, max_cost_usd }
}

/// The children that a run started, in the order of the log.
fn children(world: &World) -> Vec<(String, ExecutionId, Budget)> {
    let started = world.log.iter().filter_map(|event| match &event.kind {
        EventKind::ChildStarted { step, execution_id, budget, .. } => {
            Some((step.to_string(), execution_id.clone(), budget.clone()))
        }
        _ => None,
    });
    started.collect()
}

fn failure(world: &World) -> (String, String) {
    match &world.log.last().unwrap().kind {
        EventKind::ExecutionFailed { failure } => (failure.code.to_string(), failure.error.clone()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_child_is_asked_with_its_own_input_and_its_output_is_the_steps() {
    let head = "output: \"{{ steps.sub.output.n + 1 }}\"";
    let world = check(
        &program(head, &[SUB]),
        |world| {
            world.children(|run| {
                assert_eq!((run.workflow.as_str(), &*run.input), ("other", &json!("hello!")));
                assert_eq!(*run.context, json!({"of": "hello"}));
                assert_eq!((run.parent.depth, run.parent.step.as_str()), (1, "sub"));
                ChildEnd { outcome: Ok(Json::new(json!({"n": 1}))), usage: USAGE, steps: 2 }
            })
        },
        "step.started sub workflow
         child.started sub other
         child.ended sub ok steps 2
         step.completed sub {\"n\":1}
         execution.completed 2",
    );
    assert_eq!(world.view().metadata.usage, USAGE, "what the child used, its parent used");
    assert_eq!(world.state.steps_begun(), 3);
    let without = program("", &["{ id: sub, type: workflow, workflow: other }"]);
    check(
        &without,
        |world| world.children(|run| ChildEnd { outcome: Ok(run.input.clone()), usage: USAGE, steps: 0 }),
        "step.started sub workflow
         child.started sub other
         child.ended sub ok steps 0
         step.completed sub \"hello\"
         execution.completed \"hello\"",
    );
}

#[test]
fn the_id_of_a_child_follows_from_its_parent_and_looks_like_any_other() {
    let program = program("", &[SUB]);
    let (world, again) = (World::new(&program).run(), World::new(&program).run());
    let [(_, id, _)] = children(&world).try_into().unwrap();
    assert_eq!(children(&again)[0].1, id);
    assert_eq!(id.made_at(), Some(Timestamp::from_millis(1_800_000_000_000)));
    assert_eq!(id.as_str().len(), "exec_".len() + 26);
    let each = "{ id: each, type: map, items: [1, 2, 3], steps: [sub] }";
    let ids: std::collections::BTreeSet<_> = children(&World::new(&self::program("", &[each, SUB])).run())
        .into_iter()
        .map(|child| child.1)
        .collect();
    assert_eq!(ids.len(), 3);
}

#[test]
fn a_failed_child_fails_its_step_with_its_own_code() {
    let lines = "step.started sub workflow
         child.started sub other
         child.ended sub tool_failed steps 1
         step.failed sub tool_failed
         execution.failed tool_failed";
    let program = program("", &[SUB]);
    let world =
        check(&program, |world| world.answer("sub#child@1", ends_badly(ErrorCode::ToolFailed)), lines);
    assert_eq!(failure(&world).1, "The child came to nothing");
    assert_eq!(world.view().metadata.usage, USAGE, "what came to nothing is paid for");
    let handled = self::program(
        "",
        &[
            "{ id: sub, type: workflow, workflow: other, on_error: continue, next: b }",
            "{ id: b, type: transform, value: 1 }",
        ],
    );
    check(
        &handled,
        |world| world.answer("sub#child@1", ends_badly(ErrorCode::Cancelled)),
        "step.started sub workflow
         child.started sub other
         child.ended sub cancelled steps 1
         step.failed sub cancelled handled
         step.started b transform
         step.completed b 1
         execution.completed 1",
    );
}

#[test]
fn where_the_step_says_so_another_child_is_started() {
    let step = "{ id: sub, type: workflow, workflow: other, retry: { max_attempts: 3 } }";
    let world = check(
        &program("", &[step]),
        |world| {
            world
                .answer("sub#child@1", ends_badly(ErrorCode::ProviderError))
                .answer("sub#child@2", ends_badly(ErrorCode::ProviderError))
        },
        "step.started sub workflow
         child.started sub other
         child.ended sub provider_error steps 1
         step.retrying sub child@2 error in 500 ms
         child.started sub other
         child.ended sub provider_error steps 1
         step.retrying sub child@3 error in 1000 ms
         child.started sub other
         child.ended sub ok steps 2
         step.completed sub \"hello\"
         execution.completed \"hello\"",
    );
    let ids: std::collections::BTreeSet<_> = children(&world).into_iter().map(|child| child.1).collect();
    assert_eq!(ids.len(), 3, "each attempt is a run of its own");
    check(
        &program("", &[step]),
        |world| world.answer("sub#child@1", ends_badly(ErrorCode::DefinitionError)),
        "step.started sub workflow
         child.started sub other
         child.ended sub definition_error steps 1
         step.failed sub definition_error
         execution.failed definition_error",
    );
}

#[test]
fn a_crash_leaves_no_doubt_about_a_child_and_late_news_change_nothing() {
    let mut world = World::new(&program("", &[SUB]));
    world.start();
    for _ in 0..3 {
        world.crash();
        world.restart();
    }
    assert!(matches!(world.due("sub#child@1"), Duty::Child { not_before: None }), "it is still waited for");
    let id = world.id("sub#child@1");
    let end = |answer| match answer {
        Answer::Ended(end) => Box::new(end),
        _ => unreachable!(),
    };
    world.feed(Input::ChildEnded { obligation: id.clone(), end: end(ends(json!(1))) });
    assert!(world.feed(Input::ChildEnded { obligation: id, end: end(ends(json!(2))) }).is_empty());
    assert_trace(
        &world,
        "step.started sub workflow
         child.started sub other
         child.ended sub ok steps 2
         step.completed sub 1
         execution.completed 1",
    );
}

#[test]
fn nobody_waits_for_a_child_whose_step_is_over() {
    let steps = [
        "{ id: p, type: parallel, branches: [sub, stop] }",
        "{ id: sub, type: workflow, workflow: other }",
        "{ id: stop, type: tool, tool: x.y }",
    ];
    let mut world = World::new(&program("", &steps)).answer("p/stop#call@1", super::answers::breaks());
    world.start();
    let child = world.state.child(&world.id("p/sub#child@1")).unwrap().execution_id;
    assert!(world.state.waits_for(&child));
    world.give("p/stop#call@1", super::answers::breaks());
    assert!(!world.state.waits_for(&child));
    assert_eq!(world.state.phase(), Phase::Ended);
}

#[test]
fn a_child_gets_an_equal_share_of_what_is_left() {
    let limits = "limits: { max_steps: 100, max_tokens: 1000, max_cost_usd: 1 }";
    let alone = World::new(&program(limits, &[SUB])).run();
    assert_eq!(children(&alone)[0].2, budget(99, Some(1_000), Some(1.0)));
    let steps = [
        "{ id: ask, type: llm, model: scripted/x, prompt: hi, next: each }",
        "{ id: each, type: map, items: [1, 2, 3], max_concurrency: 2, steps: [p] }",
        "{ id: p, type: parallel, branches: [sub, other] }",
        "{ id: sub, type: workflow, workflow: other }",
        "{ id: other, type: transform, value: 1 }",
    ];
    let wide = World::new(&program(limits, &steps)).answer("ask#t1@1", says("hi")).run();
    let first = &children(&wide)[0];
    // Two passes at a time, two branches in each: a quarter. 15 tokens and 0.0001 dollars are gone.
    assert_eq!(first.0, "each#0/p/sub");
    assert_eq!((first.2.max_steps, first.2.max_tokens), (96 / 4, Some(985 / 4)));
    assert!((first.2.max_cost_usd.unwrap() - 0.9999 / 4.0).abs() < 1e-9);
    let unlimited = World::new(&program("", &[SUB])).run();
    assert_eq!(children(&unlimited)[0].2, budget(999, None, None));
}

#[test]
fn where_nothing_is_left_no_child_is_started() {
    let each = "{ id: each, type: map, items: [1, 2, 3, 4], max_concurrency: 4, steps: [sub] }";
    let world = World::new(&program("limits: { max_steps: 4 }", &[each, SUB])).run();
    let (code, sentence) = failure(&world);
    assert_eq!(code, "budget_exceeded");
    assert_eq!(sentence, "What the execution has left of its limits is too little for 4 children at a time");
    // What children used counts: two of three steps each, of the ten that there are.
    let each = "{ id: each, type: map, items: [1, 2, 3, 4], max_concurrency: 1, steps: [sub] }";
    let world = World::new(&program("limits: { max_steps: 10 }", &[each, SUB])).run();
    assert_eq!(failure(&world).1, "The execution reached its limit of 10 steps (limits.max_steps)");
    assert_eq!(children(&world).iter().map(|child| child.2.max_steps).collect::<Vec<_>>(), [8, 5, 2]);
}

/// Starts a run as the child of another.
fn as_child(program: &Arc<Program>, depth: u32, budget: Budget) -> World {
    let mut world = World::new(program);
    let parent =
        Parent { execution_id: ExecutionId::from_text("exec_p"), step: StepPath::root("s"), depth, budget };
    world.feed(Input::Start(Box::new(Start {
        workflow_slug: "test".to_owned(),
        input: Json::new(json!("hello")),
        context: Json::new(json!({})),
        session_id: None,
        pins: Pins::default(),
        parent: Some(parent),
        retry: None,
    })));
    world.finish();
    world
}

#[test]
fn a_child_keeps_to_the_narrower_of_both_limits_and_says_whose_it_was() {
    let steps = ["{ id: a, type: transform, value: 1, next: b }", "{ id: b, type: transform, value: 1 }"];
    let program = program("limits: { max_steps: 50, max_tokens: 7 }", &steps);
    assert!(matches!(
        as_child(&program, 1, budget(2, None, None)).log.last().unwrap().kind,
        EventKind::ExecutionCompleted { .. }
    ));
    assert_eq!(
        failure(&as_child(&program, 1, budget(1, None, None))).1,
        "The execution reached its limit of 1 steps (its share of limits.max_steps of the execution that \
         started it)"
    );
    let talk = self::program(
        "limits: { max_tokens: 7 }",
        &[
            "{ id: a, type: llm, model: scripted/x, prompt: hi, next: b }",
            "{ id: b, type: llm, model: scripted/x, prompt: hi }",
        ],
    );
    for (given, sentence) in [
        (Some(3), "its share of limits.max_tokens of the execution that started it"),
        (Some(70), "limits.max_tokens"),
        (None, "limits.max_tokens"),
    ] {
        let (code, said) = failure(&as_child(&talk, 1, budget(9, given, None)));
        assert_eq!(code, "budget_exceeded");
        assert!(said.ends_with(&format!("({sentence})")), "{said}");
    }
    let cost = failure(&as_child(&talk_for_free(), 1, budget(9, None, Some(0.000_05)))).1;
    assert!(cost.contains("0.00005 US dollars (its share of limits.max_cost_usd"), "{cost}");
}

fn talk_for_free() -> Arc<Program> {
    program(
        "",
        &[
            "{ id: a, type: llm, model: scripted/x, prompt: hi, next: b }",
            "{ id: b, type: llm, model: scripted/x, prompt: hi }",
        ],
    )
}

#[test]
fn children_end_at_the_eighth_level_and_know_that_they_are_some() {
    let program = program("", &[SUB]);
    let view = as_child(&program, 7, budget(9, None, None)).view();
    assert_eq!((view.error.as_deref(), view.is_child()), (None, true));
    assert!(!World::new(&program).run().view().is_child());
    let (code, sentence) = failure(&as_child(&program, 8, budget(9, None, None)));
    assert_eq!(code, "definition_error");
    assert_eq!(sentence, "Step 'sub' would start a child 9 executions deep; 8 are the most");
}

/// Runs a child for real, and its children.
fn really(programs: Arc<BTreeMap<String, Arc<Program>>>, run: &ChildRun) -> ChildEnd {
    let Some(program) = programs.get(&run.workflow) else {
        return ChildEnd::refused(crate::failure::Failure::new(ErrorCode::DefinitionError, "gone"));
    };
    let inner = Arc::clone(&programs);
    let mut world = World::new(program).children(move |run| really(Arc::clone(&inner), run));
    world.feed(Input::Start(Box::new(Start {
        workflow_slug: "test".to_owned(),
        input: run.input.clone(),
        context: run.context.clone(),
        session_id: None,
        pins: Pins::default(),
        parent: Some(run.parent.clone()),
        retry: None,
    })));
    world.finish();
    let end = ChildEnd::of(&world.log).unwrap();
    assert_eq!(
        (end.usage, end.steps),
        (world.state.usage(), world.state.steps_begun()),
        "log and state agree"
    );
    end
}

#[test]
fn definitions_that_run_themselves_come_to_an_end() {
    // Validation refuses it; a version that was saved before its child's might still do it.
    let each = "{ id: each, type: map, items: [1, 2, 3], steps: [sub] }";
    let sub = "{ id: sub, type: workflow, workflow: t, on_error: continue }";
    let head = "limits: { max_steps: 200 }";
    let mut text = format!("id: u\nentry_step: each\n{head}\nsteps:\n  - {each}\n  - {sub}\n");
    let other = super::answers::ready(crate::workflow::parse::definition(&text).unwrap());
    text = text.replace("id: u\n", "id: t\n").replace("workflow: t", "workflow: u");
    let own = super::answers::ready(crate::workflow::parse::definition(&text).unwrap());
    let programs = Arc::new(BTreeMap::from([("t".to_owned(), Arc::clone(&own)), ("u".to_owned(), other)]));
    let world = World::new(&own).children(move |run| really(Arc::clone(&programs), run)).run();
    assert_eq!(world.state.phase(), Phase::Ended);
    // A share of a share of a share: far fewer than 3^8 runs were begun.
    assert!(world.state.steps_begun() <= 400, "{}", world.state.steps_begun());
}

#[test]
fn a_log_says_how_its_run_ended() {
    let world = World::new(&program("", &[SUB])).run();
    let end = ChildEnd::of(&world.log).unwrap();
    assert_eq!(end.outcome, Ok(Json::new(Value::from("hello!"))));
    assert_eq!((end.steps, end.usage), (3, USAGE));
    assert_eq!(ChildEnd::of(&world.log[..world.log.len() - 1]), None);
    assert_eq!(ChildEnd::of(&[]), None);
    let mut cancelled = World::new(&program("", &[SUB]));
    cancelled.start();
    cancelled.feed(Input::Cancel { reason: None });
    cancelled.feed(Input::Stopped);
    let failure = ChildEnd::of(&cancelled.log).unwrap().outcome.unwrap_err();
    assert_eq!(failure.code, ErrorCode::Cancelled);
}
