//! `POST /execute/{slug}`: the answer is the projection of the run, finished or not.

use serde_json::{Value, json};

use super::shape::{PROJECTION, assert_members, assert_time};
use super::world::{acme, world};
use crate::harness::Answer;

const EXECUTE: &str = "/api/v1/external/execute/";

#[test]
fn a_finished_run_is_answered_with_its_whole_projection() {
    let server = world();
    let answer = acme(&server).execute("help", &json!({"input": "Q4", "session_id": "s-1"})).expect(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(answer.header("x-request-id").is_some());
    let view = answer.json();
    assert_members(&view, &PROJECTION);
    let id = view["execution_id"].as_str().unwrap();
    assert!(id.starts_with("exec_") && id.len() == 31, "{id}");
    assert_eq!([&view["status"], &view["state"]], ["completed", "completed"]);
    assert_eq!([&view["workflow_slug"], &view["session_id"]], ["help", "s-1"]);
    assert_eq!([&view["error"], &view["code"], &view["retryable"]], [&Value::Null; 3]);
    ["created_at", "started_at", "completed_at"].iter().for_each(|name| assert_time(&view[*name]));
    assert_eq!(view["progress"], json!({"steps_done": 1, "steps_total": 1, "current": []}));
    let metadata = &view["metadata"];
    assert_members(metadata, &["agents_used", "attempts", "duration_ms", "usage", "workflow_version"]);
    assert_eq!([&metadata["agents_used"], &metadata["workflow_version"]], [&json!(["helper"]), &json!(1)]);
    assert!(metadata["duration_ms"].is_u64(), "{metadata}");
    assert_members(&metadata["usage"], &["cost_usd", "input_tokens", "output_tokens"]);
    assert!(metadata["usage"]["input_tokens"].as_u64().unwrap() > 0, "{metadata}");
    assert_eq!(acme(&server).execution(id), view, "POST and GET show the same");
}

#[test]
fn a_run_that_failed_is_no_failed_request() {
    let server = world();
    let view = acme(&server).execute("fails", &json!({"input": "Mars"})).expect(200).json();
    assert_members(&view, &PROJECTION);
    assert_eq!([&view["status"], &view["state"], &view["code"]], ["failed", "failed", "no_figures"]);
    assert_eq!(view["error"], "There are no figures for Mars");
    assert_eq!([&view["retryable"], &view["result"]], [&json!(false), &Value::Null]);
    assert_time(&view["completed_at"]);
    let id = view["execution_id"].as_str().unwrap();
    assert_eq!(acme(&server).execution(id), view, "also where the first step was the end");
}

#[test]
fn whoever_waits_less_gets_the_runs_place() {
    let server = world();
    let call = acme(&server).call("POST", &format!("{EXECUTE}endless")).json(&json!({"input": "x"}));
    let answer = call.header("prefer", "wait=1").send();
    let view = accepted(&answer);
    assert_eq!(answer.header("preference-applied"), Some("wait=1"));
    assert_eq!([&view["state"], &view["progress"]["current"]], [&json!("running"), &json!(["think"])]);
    let id = view["execution_id"].as_str().unwrap();
    assert_eq!(acme(&server).execution(id)["status"], "running", "the run goes on");
    acme(&server).cancel(id).expect(202);
}

#[test]
fn nobody_waits_longer_than_the_definition_says() {
    let server = world();
    for prefer in [None, Some("wait=600"), Some("return=minimal; x=y, wait=600")] {
        let call = acme(&server).call("POST", &format!("{EXECUTE}waits")).json(&json!({"input": "x"}));
        let answer = prefer.into_iter().fold(call, |call, prefer| call.header("prefer", prefer)).send();
        let view = accepted(&answer);
        assert_eq!(view["state"], "waiting_timer");
        acme(&server).cancel(view["execution_id"].as_str().unwrap()).expect(202);
    }
}

#[test]
fn not_to_wait_at_all_is_a_wish_too() {
    let server = world();
    let call = acme(&server).call("POST", &format!("{EXECUTE}endless")).json(&json!({"input": "x"}));
    let view = accepted(&call.header("prefer", "wait=0").send());
    acme(&server).cancel(view["execution_id"].as_str().unwrap()).expect(202);
}

#[test]
fn an_asynchronous_answer_can_be_preferred() {
    let server = world();
    let call = acme(&server).call("POST", &format!("{EXECUTE}endless")).json(&json!({"input": "x"}));
    let answer = call.header("prefer", "respond-async").send();
    let view = accepted(&answer);
    assert_eq!(answer.header("preference-applied"), Some("respond-async"));
    acme(&server).cancel(view["execution_id"].as_str().unwrap()).expect(202);
}

/// A 202 with everything that leads to the run.
#[track_caller]
fn accepted(answer: &Answer) -> Value {
    assert_eq!(answer.status, 202, "{}", answer.text);
    let view = answer.json();
    let mut members = PROJECTION.to_vec();
    members.push("status_url");
    assert_members(&view, &members);
    assert_eq!(view["status"], "running");
    assert_eq!([&view["result"], &view["completed_at"]], [&Value::Null; 2]);
    let place = format!("/api/v1/external/executions/{}", view["execution_id"].as_str().unwrap());
    assert_eq!(view["status_url"], place);
    assert_eq!(answer.header("location"), Some(place.as_str()));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(answer.header("retry-after").unwrap().parse::<u32>().unwrap() >= 1);
    view
}
