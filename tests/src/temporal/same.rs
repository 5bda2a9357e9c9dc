//! Both engines give the same projection for the same inputs.

use magone_core::execution::EventKind;
use serde_json::{Value, json};

use super::told;
use super::world::World;

#[test]
fn a_log_is_the_same_on_both_engines() {
    let world = World::new();
    let embedded = world.embedded();
    let retry = json!({"max_attempts": 2, "initial_interval_ms": 20});
    let flows = [
        json!([
            {"id": "a", "type": "tool", "tool": "test.shaky", "retry": retry, "next": "b"},
            {"id": "b", "type": "llm", "model": "scripted/model", "prompt": "{{ steps.a.output }}", "next": "c"},
            {"id": "c", "type": "branch", "cases": [{"when": "'last' in steps.b.output", "next": "d"}]},
            {"id": "d", "type": "wait", "seconds": 0, "next": "e"},
            {"id": "e", "type": "transform", "value": {"content": "{{ steps.b.output }}"}},
        ]),
        json!([
            {"id": "a", "type": "tool", "tool": "test.refuse", "on_error": "continue", "next": "b"},
            {"id": "b", "type": "fail", "code": "no_luck", "message": "{{ input }} was not enough"},
        ]),
        json!([{"id": "a", "type": "tool", "tool": "test.panic"}]),
        json!([{"id": "a", "type": "transform", "value": "{{ input }}"}]),
        json!([
            {"id": "a", "type": "knowledge", "collection": "policies", "query": "On {{ input }}", "top_k": 3,
             "filter": {"region": "dubai"}, "next": "b"},
            {"id": "b", "type": "transform", "value": "{{ steps.a.output[0].text }}"},
        ]),
        json!([
            {"id": "each", "type": "map", "items": ["x", "y", "z"], "as": "letter", "steps": ["shaky", "echo"],
             "max_concurrency": 1, "next": "count"},
            {"id": "shaky", "type": "tool", "tool": "test.shaky", "retry": retry},
            {"id": "echo", "type": "tool", "tool": "test.echo",
             "arguments": {"of": "{{ letter }}", "n": "{{ index }}"}},
            {"id": "count", "type": "loop", "while": "index < 3", "steps": ["say"], "max_iterations": 9,
             "next": "end"},
            {"id": "say", "type": "tool", "tool": "test.echo", "arguments": {"n": "{{ index }}"}},
            {"id": "end", "type": "transform", "value": "{{ steps.each.output }}"},
        ]),
        json!([
            {"id": "each", "type": "map", "items": ["x", "y"], "steps": ["sub"], "max_concurrency": 1, "next": "no"},
            {"id": "sub", "type": "workflow", "workflow": "child", "input": "{{ item }}", "context": {"tone": "kind"}},
            {"id": "no", "type": "workflow", "workflow": "child", "input": "refuse", "on_error": "continue",
             "retry": {"max_attempts": 2, "initial_interval_ms": 20}, "next": "unfit"},
            {"id": "unfit", "type": "workflow", "workflow": "child", "input": 7, "on_error": "continue", "next": "end"},
            {"id": "end", "type": "transform", "value": "{{ steps.each.output }}"},
        ]),
    ];
    for flow in flows {
        let ids = [world.start(flow.clone()), world.start_on(&embedded, flow.clone())];
        let views = ids.clone().map(|id| world.ended(&id));
        let [ours, theirs] = ids.map(|id| world.log(&id));
        assert_eq!(told::log(&ours), told::log(&theirs), "{flow}");
        let [ours, theirs] = views;
        assert_eq!(told::view(&ours), told::view(&theirs), "{flow}");
    }
}

#[test]
fn branches_that_end_in_any_order_give_the_same_result() {
    let world = World::new();
    let embedded = world.embedded();
    let mut steps = vec![json!({"id": "all", "type": "parallel", "branches": ["b0", "b1", "b2", "b3"]})];
    steps.extend(
        (0..4).map(
            |n| json!({"id": format!("b{n}"), "type": "tool", "tool": "test.echo", "arguments": {"n": n}}),
        ),
    );
    let flow = Value::from(steps);
    let ids = [world.start(flow.clone()), world.start_on(&embedded, flow)];
    let [ours, theirs] = ids.clone().map(|id| world.ended(&id));
    let output = |result: Option<magone_core::json::Json>| result.unwrap()["data"].clone();
    assert_eq!(output(ours.result), output(theirs.result));
    let kinds = ids.map(|id| {
        let mut kinds: Vec<_> = world.log(&id).iter().map(|event| name(&event.kind)).collect();
        kinds.sort();
        kinds
    });
    assert_eq!(kinds[0], kinds[1]);
}

fn name(kind: &EventKind) -> String {
    kind.name().to_owned()
}
