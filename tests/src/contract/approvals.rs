//! `POST /executions/{id}/approvals/{approval_id}`.

use serde_json::{Value, json};

use super::shape::{PROJECTION, assert_members};
use super::world::{acme, world};
use crate::harness::{Answer, Api};

fn decide(api: &Api, id: &str, approval: &str, body: &Value) -> Answer {
    api.post(&format!("/api/v1/external/executions/{id}/approvals/{approval}"), body)
}

#[test]
fn a_run_goes_on_with_what_was_decided() {
    let server = world();
    let api = acme(&server);
    let id = api.start("review", &json!({"input": "May"}));
    assert_eq!(api.execution(&id)["state"], "waiting_approval");
    let log = api.log(&id);
    let asked: Vec<_> = log.iter().filter(|event| event["type"] == "approval.required").collect();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0]["data"]["approval_id"], "each-0.ask");
    assert_eq!(asked[0]["data"]["prompt"], "Pay rent for May?");
    assert_eq!(asked[0]["data"]["schema"]["required"], json!(["sum"]));
    let view = decide(&api, &id, "each-1.ask", &json!({"decision": "approve", "data": {"sum": 2}}));
    assert_members(&view.expect(200).json(), &PROJECTION);
    let approve = json!({"decision": "approve", "data": {"sum": 1}, "comment": "fine"});
    decide(&api, &id, "each-0.ask", &approve).expect(200);
    let view = api.ended(&id);
    assert_eq!(view["result"]["data"], json!([{"sum": 1}, {"sum": 2}]));
    let log = api.log(&id);
    let resolved = log.iter().rfind(|event| event["type"] == "approval.resolved").unwrap();
    assert_eq!(resolved["data"]["comment"], "fine");
    assert_eq!(resolved["data"].get("data"), None, "what was filled in is internal");
    decide(&api, &id, "each-0.ask", &approve).problem(409, "conflict");
}

#[test]
fn a_rejection_fails_the_run() {
    let server = world();
    let api = acme(&server);
    let id = api.start("review", &json!({"input": "June"}));
    decide(&api, &id, "each-0.ask", &json!({"decision": "reject", "comment": "too late"})).expect(200);
    let view = api.ended(&id);
    assert_eq!([&view["status"], &view["code"]], ["failed", "approval_rejected"]);
    assert_eq!(view["error"], "Step 'ask' was rejected: too late");
}

#[test]
fn what_is_no_decision_changes_nothing() {
    let server = world();
    let api = acme(&server);
    let id = api.start("review", &json!({"input": "July"}));
    let refused = |body: Value, pointer: &str| {
        let problem = decide(&api, &id, "each-0.ask", &body).problem(422, "validation");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    };
    refused(json!({}), "/decision");
    refused(json!({"decision": "maybe"}), "/decision");
    refused(json!({"decision": "approve", "comment": 3}), "/comment");
    refused(json!({"decision": "approve", "data": {"sum": "much"}}), "/data/sum");
    refused(json!({"decision": "approve"}), "/data");
    refused(json!([]), "");
    let unknown = decide(&api, &id, "ask", &json!({"decision": "reject"})).problem(404, "not_found");
    assert_eq!(unknown["detail"], "Approval 'ask' not found");
    let other = server.api("rival");
    let hidden = decide(&other, &id, "each-0.ask", &json!({"decision": "reject"})).problem(404, "not_found");
    assert_eq!(hidden["detail"], format!("Execution '{id}' not found"));
    assert_eq!(api.execution(&id)["state"], "waiting_approval");
    api.cancel(&id).expect(202);
    api.ended(&id);
    decide(&api, &id, "each-0.ask", &json!({"decision": "reject"})).problem(409, "conflict");
}
