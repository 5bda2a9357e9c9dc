//! Runs that a step of another run starts.

use serde_json::{Value, json};

use super::world::{acme, world};
use crate::harness::{Api, until};

/// Ids of the children that a run started, in the order of its log.
fn children(api: &Api, id: &str) -> Vec<String> {
    let log = api.log(id);
    let started = log.iter().filter(|event| event["type"] == "child.started");
    started.map(|event| event["data"]["execution_id"].as_str().unwrap().to_owned()).collect()
}

fn only_child(api: &Api, id: &str) -> String {
    until("the child is started", || {
        let child = children(api, id).pop()?;
        let path = format!("/api/v1/external/executions/{child}");
        (api.get(&path).status == 200).then_some(child)
    })
}

#[test]
fn a_child_is_a_run_of_its_own_and_its_output_is_the_steps() {
    let server = world();
    let api = acme(&server);
    let view = api.execute("family", &json!({"input": "hello"})).expect(200).json();
    assert_eq!(view["status"], "completed", "{view}");
    let said = |item: &str| json!({"said": format!("{item}: hello"), "tone": "kind", "kept": "kept"});
    assert_eq!(view["result"]["data"], json!([said("a"), said("b")]));
    let id = view["execution_id"].as_str().unwrap();
    let children = children(&api, id);
    assert_eq!(children.len(), 2);
    for child in &children {
        let own = api.execution(child);
        assert_eq!([&own["status"], &own["workflow_slug"]], ["completed", "family"], "{own}");
        assert_eq!(own["result"]["tone"], "kind");
        let log = api.log(child);
        assert_eq!(log[0]["data"]["parent_execution_id"], id);
        server.api("rival").get(&format!("/api/v1/external/executions/{child}")).problem(404, "not_found");
    }
    let log = api.log(id);
    let ended: Vec<_> = log.iter().filter(|event| event["type"] == "child.ended").collect();
    assert_eq!(ended.len(), 2);
    assert_eq!(
        [&ended[0]["data"]["code"], &ended[0]["data"].get("input").cloned().unwrap_or_default()],
        [&Value::Null; 2]
    );
    let list = api.get("/api/v1/external/executions?workflow=family&limit=100").expect(200).json();
    let listed =
        |id: &str| list["executions"].as_array().unwrap().iter().any(|run| run["execution_id"] == id);
    assert!(listed(id) && !listed(&children[0]), "children are found where their parents are");
}

#[test]
fn what_a_child_used_is_its_parents_too() {
    let server = world();
    let api = acme(&server);
    let view = api.execute("delegate", &json!({"input": {"to": "talk", "ask": "hi"}})).expect(200).json();
    assert_eq!(view["result"]["content"], "You said hi", "{view}");
    let id = view["execution_id"].as_str().unwrap();
    let child = api.execution(&only_child(&api, id));
    assert!(child["metadata"]["usage"]["input_tokens"].as_u64().unwrap() > 0);
    assert_eq!(view["metadata"]["usage"], child["metadata"]["usage"]);
}

#[test]
fn a_child_asks_under_its_own_id() {
    let server = world();
    let api = acme(&server);
    let id = api.start("delegate", &json!({"input": {"to": "review", "ask": "May"}}));
    let child = only_child(&api, &id);
    until("the child asks", || (api.execution(&child)["state"] == "waiting_approval").then_some(()));
    for approval in ["each-0.ask", "each-1.ask"] {
        let path = format!("/api/v1/external/executions/{child}/approvals/{approval}");
        api.post(&path, &json!({"decision": "approve", "data": {"sum": 7}})).expect(200);
    }
    assert_eq!(api.ended(&id)["result"]["data"], json!([{"sum": 7}, {"sum": 7}]));
}

#[test]
fn whoever_cancels_a_run_cancels_its_children() {
    let server = world();
    let api = acme(&server);
    let id = api.start("delegate", &json!({"input": {"to": "endless", "ask": "x"}}));
    let child = only_child(&api, &id);
    api.cancel(&id).expect(202);
    assert_eq!(api.ended(&id)["state"], "cancelled");
    assert_eq!(api.ended(&child)["state"], "cancelled");
    let log = api.log(&child);
    let cancelling = log.iter().find(|event| event["type"] == "execution.cancelling").unwrap();
    assert_eq!(cancelling["data"]["reason"], "The execution that started it does not wait for it any more");
}

#[test]
fn a_child_that_comes_to_nothing_fails_its_step_with_its_own_word() {
    let server = world();
    let api = acme(&server);
    let view = api.execute("delegate", &json!({"input": {"to": "fails", "ask": "May"}})).expect(200).json();
    assert_eq!([&view["status"], &view["code"]], ["failed", "no_figures"]);
    assert_eq!(view["error"], "There are no figures for May");
    let id = api.start("delegate", &json!({"input": {"to": "endless", "ask": "x"}}));
    api.cancel(&only_child(&api, &id)).expect(202);
    let view = api.ended(&id);
    assert_eq!([&view["code"], &view["error"]], ["cancelled", "The child execution was cancelled"]);
}

#[test]
fn what_a_child_does_not_take_is_told_before_it_begins() {
    let server = world();
    let api = acme(&server);
    let view = api.execute("delegate", &json!({"input": {"to": "typed", "ask": "x"}})).expect(200).json();
    assert_eq!([&view["status"], &view["code"]], ["failed", "definition_error"]);
    let sentence = "What step 'typed' gives to the workflow 'typed' as its input does not fit";
    assert_eq!(view["error"], sentence);
}
