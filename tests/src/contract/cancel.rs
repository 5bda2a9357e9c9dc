//! `POST /executions/{id}/cancel`.

use serde_json::{Value, json};

use super::shape::{PROJECTION, assert_members};
use super::world::{acme, world};

#[test]
fn a_run_that_is_cancelled_ends_as_such() {
    let server = world();
    let api = acme(&server);
    for workflow in ["endless", "waits"] {
        let id = api.start(workflow, &json!({"input": "x"}));
        let path = format!("/api/v1/external/executions/{id}/cancel");
        let answer = api.post(&path, &json!({"reason": "no longer needed"})).expect(202);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let view = answer.json();
        assert_members(&view, &PROJECTION);
        assert!(matches!(view["state"].as_str(), Some("cancelling" | "cancelled")), "{view}");
        let view = api.ended(&id);
        assert_eq!([&view["status"], &view["state"], &view["code"]], ["failed", "cancelled", "cancelled"]);
        assert_eq!([&view["retryable"], &view["result"]], [&json!(false), &Value::Null]);
        assert!(view["error"].is_string(), "{view}");
        let log = api.log(&id);
        let wish = log.iter().find(|event| event["type"] == "execution.cancelling").unwrap();
        assert_eq!(wish["data"]["reason"], "no longer needed");
        assert_eq!(log.last().unwrap()["type"], "execution.cancelled");
    }
}

#[test]
fn a_run_that_ended_cannot_be_cancelled() {
    let server = world();
    let api = acme(&server);
    let view = api.execute("quick", &json!({"input": "x"})).expect(200).json();
    let id = view["execution_id"].as_str().unwrap();
    let problem = api.cancel(id).problem(409, "conflict");
    assert!(problem["detail"].as_str().unwrap().contains(id), "{problem}");
    assert_eq!(api.execution(id), view, "nothing changed");
    let endless = api.start("endless", &json!({"input": "x"}));
    api.cancel(&endless).expect(202);
    api.ended(&endless);
    api.cancel(&endless).problem(409, "conflict");
}

#[test]
fn an_unknown_run_cannot_be_cancelled() {
    let server = world();
    let problem = acme(&server).cancel("exec_nothing").problem(404, "not_found");
    assert_eq!(problem["detail"], "Execution 'exec_nothing' not found");
}
