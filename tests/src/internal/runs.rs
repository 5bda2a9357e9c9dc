//! Runs of the house: a definition that is stored, an agent alone, a definition that comes along.

use serde_json::{Value, json};

use crate::harness::{Server, Setup, chain};

const EXECUTE: &str = "/api/v1/workflow/execute";
const AGENT: &str = "id: helper\nmodel: scripted/echo\n";

fn setup() -> Setup {
    Setup::new().tenant("acme").agent(AGENT).workflow("acme", "chain", &chain(1, "scripted/echo"))
}

fn inline(says: &str) -> Value {
    json!({"entry_step": "say", "steps": [{"id": "say", "type": "transform", "value": says}]})
}

fn run(server: &Server, scopes: &[&str], body: &Value) -> Value {
    server.admin(scopes).post(EXECUTE, body).expect(200).json()
}

#[test]
fn a_stored_definition_and_a_stored_agent_run_under_their_id() {
    let server = setup().start();
    for id in ["chain", "helper"] {
        let body = json!({
            "agent_id": id, "user_input": "hello", "workflow_definition": null, "session_id": "s1",
        });
        let ran = run(&server, &["executions:write"], &body);
        assert_eq!((&ran["success"], &ran["content"]), (&json!(true), &json!("hello")), "{ran}");
        assert_eq!((&ran["workflow_slug"], &ran["session_id"]), (&json!(id), &json!("s1")));
        assert!(ran["metadata"].is_object() && ran["status"] == "completed", "{ran}");
        let status = format!("/api/v1/workflow/status/{}", ran["workflow_id"].as_str().unwrap());
        let status = server.admin(&["executions:read"]).get(&status).expect(200).json();
        assert_eq!(status, ran);
    }
    let page = server.api("acme").get("/api/v1/external/executions").expect(200).json();
    assert_eq!(page["executions"], json!([]), "runs of the house are no tenant's");
}

#[test]
fn a_definition_that_comes_along_needs_its_scope_and_is_in_no_list() {
    let server = setup().start();
    let body = json!({"agent_id": "chain", "user_input": "x", "workflow_definition": inline("here")});
    let refused = server.admin(&["executions:write"]).post(EXECUTE, &body).problem(403, "insufficient_scope");
    assert_eq!(refused["detail"], "This needs the scope 'definitions:inline'");
    let scopes = ["executions:write", "definitions:inline", "workflows:read", "tenants:read"];
    let ran = run(&server, &scopes, &body);
    assert_eq!((&ran["content"], &ran["workflow_slug"]), (&json!("here"), &json!("inline")), "{ran}");
    let admin = server.admin(&scopes);
    let listed = admin.get("/api/v1/workflows").expect(200).json();
    assert_eq!((&listed["total"], &listed["workflows"][0]["id"]), (&json!(1), &json!("chain")));
    assert_eq!(admin.get("/api/v1/tenants/internal").expect(200).json()["slug"], "internal");
    admin.call("DELETE", "/api/v1/tenants/internal").send().problem(403, "insufficient_scope");
    server
        .admin(&["tenants:write"])
        .call("DELETE", "/api/v1/tenants/internal")
        .send()
        .problem(409, "conflict");
}

#[test]
fn a_run_of_the_house_survives_a_crash_with_the_definition_that_came_along() {
    let mut server = setup().start();
    let slow = json!({"entry_step": "rest", "steps": [
        {"id": "rest", "type": "wait", "seconds": 1, "next": "say"},
        {"id": "say", "type": "transform", "value": "rested"},
    ]});
    let admin = server.admin(&["executions:write", "definitions:inline"]);
    let body = json!({"user_input": "x", "workflow_definition": slow});
    let started = admin.call("POST", EXECUTE).header("prefer", "wait=0").json(&body).send().expect(202);
    let view = started.json();
    assert_eq!((&view["success"], &view["content"]), (&Value::Null, &Value::Null), "{view}");
    let place = started.header("location").unwrap().to_owned();
    server.kill9();
    server.restart();
    let reader = server.admin(&["executions:read"]);
    let ended = crate::harness::until("the run ends", || {
        let view = reader.get(&place).expect(200).json();
        (view["success"] != Value::Null).then_some(view)
    });
    assert_eq!(ended["content"], "rested", "{ended}");
}

#[test]
fn what_cannot_be_run_is_refused_with_its_place() {
    let server = setup().start();
    let admin = server.admin(&["executions:write", "definitions:inline"]);
    let nobody = admin.post(EXECUTE, &json!({"agent_id": "nobody", "user_input": "x"}));
    assert_eq!(nobody.problem(404, "not_found")["detail"], "Agent 'nobody' not found");
    for (body, pointers) in [
        (json!({}), vec!["/agent_id", "/user_input"]),
        (json!({"agent_id": "chain", "user_input": 7}), vec!["/user_input"]),
        (json!({"user_input": "x", "workflow_definition": {"steps": []}}), vec![]),
    ] {
        let refused = admin.post(EXECUTE, &body);
        refused.problem(422, "validation");
        if pointers.is_empty() {
            assert!(
                refused.pointers().iter().all(|at| at.starts_with("/workflow_definition/")),
                "{}",
                refused.text
            );
        } else {
            assert_eq!(refused.pointers(), pointers);
        }
    }
    let failing = json!({"entry_step": "stop", "steps": [{"id": "stop", "type": "fail", "message": "no"}]});
    let failed = admin.post(EXECUTE, &json!({"user_input": "x", "workflow_definition": failing}));
    let failed = failed.expect(200).json();
    assert_eq!((&failed["success"], &failed["error"]), (&json!(false), &json!("no")), "{failed}");
    let reader = server.admin(&["executions:read"]);
    reader.get("/api/v1/workflow/status/exec_nothing").problem(404, "not_found");
}
