//! What runs wait for, decided by an admin's program: tenants' runs, and those of the house, which no
//! tenant's key reaches.

use serde_json::{Value, json};

use crate::harness::{Answer, Api, Server, Setup, until};

const REVIEW: &str = "
id: review
entry_step: ask
steps:
  - id: ask
    type: approval
    prompt: 'Pay for {{ input }}?'
    schema: { type: object, required: [sum] }
";

const INPUT: &str = "May";

fn server() -> Server {
    Setup::new().tenant("acme").workflow("acme", "review", REVIEW).start()
}

fn decide(admin: &Api, id: &str, approval: &str, body: &Value) -> Answer {
    admin.post(&format!("/api/v1/executions/{id}/approvals/{approval}"), body)
}

#[test]
fn an_admin_decides_what_a_tenants_run_waits_for() {
    let server = server();
    let (acme, admin) = (server.api("acme"), server.admin(&["executions:write", "audit:read"]));
    let id = acme.start("review", &json!({"input": INPUT}));
    let approve = json!({"decision": "approve", "data": {"sum": "CANARY"}, "comment": "fine"});
    let answer = decide(&admin, &id, "ask", &approve);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.expect(200).json()["workflow_id"], json!(id));
    assert_eq!(acme.ended(&id)["result"]["data"], json!({"sum": "CANARY"}));
    decide(&admin, &id, "ask", &approve).problem(409, "conflict");
    let audit = admin.get("/api/v1/audit").expect(200);
    assert!(!audit.text.contains("CANARY"), "what was filled in is the tenant's: {}", audit.text);
    let audit = audit.json();
    let mut entries = audit["entries"].as_array().unwrap().iter();
    let entry = entries.find(|entry| entry["action"] == "approval.decided").unwrap();
    assert_eq!((&entry["object_type"], &entry["object_id"]), (&json!("execution"), &json!(id)), "{entry}");
    assert_eq!(entry["after"], json!({"approval_id": "ask", "decision": "approve", "comment": "fine"}));
}

#[test]
fn what_is_no_decision_is_refused_and_leaves_no_trace() {
    let server = server();
    let (acme, admin) = (server.api("acme"), server.admin(&["executions:write", "audit:read"]));
    let id = acme.start("review", &json!({"input": INPUT}));
    let reject = json!({"decision": "reject"});
    for (body, pointer) in [
        (json!({}), "/decision"),
        (json!({"decision": "approve", "data": {}}), "/data/sum"),
        (json!({"decision": "reject", "comment": 1}), "/comment"),
    ] {
        let refused = decide(&admin, &id, "ask", &body);
        refused.problem(422, "validation");
        assert_eq!(refused.pointers(), [pointer], "{body}");
    }
    let unknown = decide(&admin, &id, "other", &reject).problem(404, "not_found");
    assert_eq!(unknown["detail"], "Approval 'other' not found");
    let nobodys = decide(&admin, "exec_nothing", "ask", &reject).problem(404, "not_found");
    assert_eq!(nobodys["detail"], "Execution 'exec_nothing' not found");
    let reader = server.admin(&["executions:read"]);
    decide(&reader, &id, "ask", &reject).problem(403, "insufficient_scope");
    assert_eq!(acme.execution(&id)["state"], "waiting_approval");
    assert!(!admin.get("/api/v1/audit").expect(200).text.contains("approval.decided"));
    decide(&admin, &id, "ask", &reject).expect(200);
    assert_eq!(acme.ended(&id)["code"], "approval_rejected");
}

#[test]
fn a_run_of_the_house_is_decided_where_it_was_started() {
    let server = server();
    let admin = server.admin(&["executions:write", "executions:read"]);
    let body = json!({"agent_id": "review", "user_input": INPUT});
    let started = admin.call("POST", "/api/v1/workflow/execute").header("prefer", "wait=0").json(&body);
    let id = started.send().expect(202).json()["workflow_id"].as_str().unwrap().to_owned();
    decide(&admin, &id, "ask", &json!({"decision": "approve", "data": {"sum": 1}})).expect(200);
    let ended = until("the run ends", || {
        let view = admin.get(&format!("/api/v1/workflow/status/{id}")).expect(200).json();
        (view["success"] != Value::Null).then_some(view)
    });
    assert_eq!(ended["result"]["data"], json!({"sum": 1}));
    let acme = server.api("acme");
    acme.get(&format!("/api/v1/external/executions/{id}")).problem(404, "not_found");
}
