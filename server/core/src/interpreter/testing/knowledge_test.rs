//! `knowledge`: what is asked, what comes of it, and what goes wrong.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::agent_test::{CLERK, completion, told};
use super::answers::{Answer, asks, breaks, fails, finds, program, says, stumbles, tool_says};
use super::trace::check;
use super::world::World;
use crate::activity::{Activity, ActivityOutput, RetryClass};
use crate::error::ErrorCode;
use crate::execution::{EventKind, RunState};
use crate::failure::Failure;
use crate::interpreter::Duty;
use crate::knowledge::{Hit, MAX_QUERY_BYTES, Retrieval};
use crate::message::Role;
use crate::workflow::program::Program;

const LOOK: &str = "{ id: look, type: knowledge, collection: policies, query: \"On {{ input }}\", top_k: 3, \
                      filter: { region: \"{{ context.region }}\", year: [2024, \"{{ context.year }}\"] }, \
                      next: end }";
const END: &str =
    "{ id: end, type: transform, value: \"{{ steps.look.output | map(attribute='text') | list }}\" }";
const CONTEXT: &str = "context: { region: dubai, year: 2025 }";

fn failure(world: &World) -> &Failure {
    match world.log.last().map(|event| &event.kind) {
        Some(EventKind::ExecutionFailed { failure }) => failure,
        other => panic!("{other:?}"),
    }
}

/// A search for `query`, with `head` around it.
fn search(head: &str, members: &str) -> Arc<Program> {
    program(head, &[&format!("{{ id: look, type: knowledge, collection: policies, {members} }}")])
}

#[test]
fn a_search_is_logged_before_it_is_made_and_its_hits_are_the_output() {
    let world = check(
        &program(CONTEXT, &[LOOK, END]),
        |world| world.answer("look#call@1", finds(&["one", "two"])),
        r#"step.started look knowledge
           knowledge.retrieved look call policies 2
           step.completed look [{"id":"p0","metadata":{},"score":0.5,"source":null,"text":"one"},{"id":"p1","metadata":{},"score":0.5,"source":null,"text":"two"}]
           step.started end transform
           step.completed end ["one","two"]
           execution.completed ["one","two"]"#,
    );
    let filter = json!({"region": "dubai", "year": [2024, 2025]});
    let asked = json!({"collection": "policies", "query": "On hello", "top_k": 3, "filter": filter});
    let Some(EventKind::StepStarted { request: Some(request), .. }) = world.log.get(2).map(|e| &e.kind)
    else {
        panic!("{:?}", world.log.get(2))
    };
    assert_eq!(**request, asked);
    let (id, activity) = &world.done[0];
    assert_eq!((id.as_str(), activity.name()), ("look#call@1", "retrieve_knowledge"));
    let Activity::RetrieveKnowledge(done) = activity else { panic!("{activity:?}") };
    assert_eq!(*done.to_json(), asked);
}

#[test]
fn nothing_found_is_an_empty_list_and_five_hits_are_asked_for_where_nobody_says_how_many() {
    let world = check(
        &search("", "query: x"),
        |world| world.answer("look#call@1", finds(&[])),
        "step.started look knowledge
         knowledge.retrieved look call policies 0
         step.completed look []
         execution.completed []",
    );
    let Activity::RetrieveKnowledge(Retrieval { top_k, filter, .. }) = &world.done[0].1 else {
        panic!("{:?}", world.done)
    };
    assert_eq!((*top_k, filter), (5, &Map::new()));
}

#[test]
fn a_search_that_fails_is_made_again_as_the_step_says() {
    check(
        &search("", "query: x, retry: { max_attempts: 3, initial_interval_ms: 100 }, timeout_seconds: 4"),
        |world| world.answer("look#call@1", stumbles()).answer("look#call@2", Answer::Slow),
        r#"step.started look knowledge
           step.retrying look call@2 error in 100 ms
           step.retrying look call@3 error in 200 ms
           knowledge.retrieved look call policies 1
           step.completed look [{"id":"p0","metadata":{},"score":0.5,"source":null,"text":"x"}]
           execution.completed [{"id":"p0","metadata":{},"score":0.5,"source":null,"text":"x"}]"#,
    );
}

#[test]
fn the_time_out_is_that_of_each_attempt() {
    let mut world = World::new(&search("", "query: x, timeout_seconds: 4"));
    world.start();
    assert_eq!(world.due("look#call@1"), Duty::Call { not_before: None, timeout_ms: Some(4_000) });
    assert_eq!(world.state.due().len(), 2, "the step has no deadline besides");
}

#[test]
fn a_failure_for_good_goes_where_on_error_says() {
    for (tail, expected) in [
        ("on_error: continue", "handled\nexecution.completed null"),
        ("summary: s", "\nexecution.failed tool_failed"),
    ] {
        let expected = format!("step.started look knowledge\nstep.failed look tool_failed {expected}");
        check(
            &search("", &format!("query: x, {tail}")),
            |world| world.answer("look#call@1", breaks()),
            &expected.replace("failed \n", "failed\n"),
        );
    }
}

#[test]
fn a_search_that_cannot_be_made_fails_before_anything_leaves() {
    let long = format!("context: {{ text: {} }}", "x".repeat(MAX_QUERY_BYTES + 1));
    for (head, members, sentence) in [
        ("context: { text: ' ' }", "query: \"{{ context.text }}\"", "the query is empty"),
        (&*long, "query: \"{{ context.text }}\"", "the query has more than 32768 bytes"),
        (
            "context: { text: { a: 1 } }",
            "query: x, filter: { region: \"{{ context.text }}\" }",
            "`filter` cannot be used at `region`: a filter compares with text, a number, true, false, or a list \
             of these",
        ),
    ] {
        let world = World::new(&search(head, members)).run();
        assert!(world.done.is_empty());
        assert_eq!(failure(&world).code, ErrorCode::DefinitionError);
        let expected = format!("The search of step 'look' cannot be done: {sentence}");
        assert_eq!(failure(&world).error, expected);
    }
    let world = World::new(&search("", "query: \"{{ context.missing }}\"")).run();
    assert_eq!(failure(&world).error, "A template of step 'look' cannot be rendered");
}

fn one_hit(text: String, score: f64, metadata: Value) -> Answer {
    let metadata = metadata.as_object().cloned().unwrap();
    let hit = Hit { id: "p".to_owned(), text, score, source: Some("a\0b".to_owned()), metadata };
    Answer::Now(Ok(ActivityOutput::RetrieveKnowledge { hits: vec![hit] }))
}

#[test]
fn what_was_found_is_bounded_like_any_other_value() {
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    for (answer, code, sentence) in [
        (
            one_hit("x".repeat(9 << 20), 1.0, json!({})),
            ErrorCode::ToolFailed,
            "What the search found is larger than 8 MiB",
        ),
        (
            one_hit(String::new(), 1.0, json!({"deep": deep})),
            ErrorCode::ToolFailed,
            "What the search found nests deeper than 96 levels",
        ),
        (
            tool_says(json!([])),
            ErrorCode::Internal,
            "An activity answered with something else than was asked",
        ),
        (says("[]"), ErrorCode::Internal, "An activity answered with something else than was asked"),
        (fails(ErrorCode::ToolFailed, RetryClass::Never), ErrorCode::ToolFailed, "It did not work"),
    ] {
        let world = World::new(&search("", "query: x")).answer("look#call@1", answer).run();
        assert_eq!((failure(&world).code.clone(), failure(&world).error.as_str()), (code.into(), sentence));
    }
}

#[test]
fn what_the_log_cannot_keep_is_replaced() {
    let answer = one_hit("c\0d".to_owned(), f64::NAN, json!({"e\0": ["f\0"]}));
    let world = World::new(&search("", "query: x")).answer("look#call@1", answer).run();
    let Some(EventKind::ExecutionCompleted { output }) = world.log.last().map(|event| &event.kind) else {
        panic!("{:?}", world.log.last())
    };
    assert_eq!(
        **output,
        json!([{"id": "p", "text": "c\u{fffd}d", "score": null, "source": "a\u{fffd}b",
            "metadata": {"e\u{fffd}": ["f\u{fffd}"]}}])
    );
}

#[test]
fn a_search_in_doubt_is_made_again_once_and_a_shutdown_is_no_crash() {
    let mut world = World::new(&program(CONTEXT, &[LOOK, END]));
    world.start();
    world.restart();
    world.crash();
    assert_eq!(world.open_calls(), ["look#call@1"]);
    world.crash();
    assert_eq!(failure(&world).code, ErrorCode::Quarantined);
    assert_eq!(world.view().state, RunState::Failed);
}

const READER: &str = "{ id: a, type: agent, agent: reader }";

fn searches(collection: &str, query: &str) -> (&'static str, Value) {
    ("retrieve_knowledge", json!({"collection": collection, "query": query}))
}

#[test]
fn a_model_searches_what_its_agent_may_search() {
    let world = check(
        &program("", &[READER]),
        |world| {
            world
                .answer("a#t1@1", asks(&[searches("policies", "cats"), ("crm.query", json!({}))]))
                .answer("a#t1.c0@1", finds(&["no cats"]))
        },
        r#"step.started a agent
           agent.started a reader
           message.completed a t1
           tool.called a t1.c0 retrieve_knowledge
           tool.called a t1.c1 crm.query
           knowledge.retrieved a t1.c0 policies 1
           tool.result a t1.c0 [{"id":"p0","metadata":{},"score":0.5,"source":null,"text":"no cats"}]
           tool.result a t1.c1 {}
           message.completed a t2
           agent.completed a turns 2
           step.completed a "fine"
           execution.completed "fine""#,
    );
    let first = completion(&world, "a#t1@1");
    assert_eq!((first.tools, first.knowledge), (vec!["crm.query".to_owned()], own()));
    let Activity::RetrieveKnowledge(search) = &world.done[1].1 else { panic!("{:?}", world.done[1]) };
    assert_eq!((search.collection.as_str(), search.query.as_str(), search.top_k), ("policies", "cats", 5));
    let hits = "[{\"id\":\"p0\",\"metadata\":{},\"score\":0.5,\"source\":null,\"text\":\"no cats\"}]";
    assert_eq!(told(&world, "a#t2@1")[2], (Role::Tool, hits.to_owned()));
}

fn own() -> Vec<String> {
    ["policies", "manuals"].map(str::to_owned).to_vec()
}

#[test]
fn a_model_searches_nothing_else() {
    for (agent, call, answer) in [
        (
            READER,
            searches("secrets", "x"),
            "error: The arguments do not fit the tool 'retrieve_knowledge': 'collection' has to be one of: \
             policies, manuals",
        ),
        (CLERK, searches("policies", "x"), "error: The tool 'retrieve_knowledge' is not available"),
    ] {
        let world = World::new(&program("", &[agent])).answer("a#t1@1", asks(&[call])).run();
        let done: Vec<_> = world.done.iter().map(|(_, activity)| activity.name()).collect();
        assert_eq!(done, ["llm_completion", "llm_completion"], "nothing left the process");
        assert_eq!(told(&world, "a#t2@1").last(), Some(&(Role::Tool, answer.to_owned())));
    }
}

#[test]
fn a_search_of_a_model_that_fails_is_told_to_it() {
    let world = || World::new(&program("", &[READER])).answer("a#t1@1", asks(&[searches("manuals", "x")]));
    let failed = world().answer("a#t1.c0@1", breaks()).run();
    assert_eq!(told(&failed, "a#t2@1").last(), Some(&(Role::Tool, "error: It did not work".to_owned())));
    let tried = world().answer("a#t1.c0@1", stumbles()).run();
    assert!(tried.done.iter().any(|(id, _)| id.as_str() == "a#t1.c0@2"));
    let misfit = world().answer("a#t1.c0@1", tool_says(json!([]))).run();
    assert_eq!(failure(&misfit).code, ErrorCode::Internal);
}
