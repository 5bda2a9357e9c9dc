//! Bodies that are well-formed and still not what is asked for: every problem at once, each with its
//! pointer, and no run.

use serde_json::{Value, json};

use super::world::{acme, world};

#[track_caller]
fn refused(slug: &str, body: Value, pointers: &[&str]) {
    let server = world();
    for path in ["", "/async"] {
        let answer = acme(&server).post(&format!("/api/v1/external/execute/{slug}{path}"), &body);
        let problem = answer.problem(422, "validation");
        assert_eq!(answer.pointers(), pointers, "{body}");
        assert!(problem.get("execution_id").is_none(), "no run was recorded: {problem}");
    }
}

#[test]
fn bodies_that_are_no_request() {
    refused("quick", json!({}), &["/input"]);
    refused("quick", json!([]), &[""]);
    refused("quick", json!("input"), &[""]);
    refused("quick", json!(null), &[""]);
}

#[test]
fn members_of_the_wrong_kind() {
    refused("quick", json!({"input": "x", "context": ["a"]}), &["/context"]);
    refused("quick", json!({"input": "x", "session_id": 7}), &["/session_id"]);
    refused("quick", json!({"input": "x", "session_id": "s".repeat(256)}), &["/session_id"]);
    for url in ["ftp://host/x", "not a url", "http://user:secret@host/", "/relative", "https://"] {
        refused("quick", json!({"input": "x", "webhook_url": url}), &["/webhook_url"]);
    }
    let all = json!({"context": 1, "session_id": "", "webhook_url": 2});
    refused("quick", all, &["/input", "/context", "/session_id", "/webhook_url"]);
}

#[test]
fn an_input_is_a_text_unless_the_workflow_says_otherwise() {
    refused("quick", json!({"input": {"count": 1}}), &["/input"]);
    refused("quick", json!({"input": null}), &["/input"]);
    refused("typed", json!({"input": "x"}), &["/input"]);
    refused("typed", json!({"input": {}}), &["/input/count"]);
    refused("typed", json!({"input": {"count": 0}}), &["/input/count"]);
}

#[test]
fn context_keys_that_are_not_to_be_overridden() {
    refused("typed", json!({"input": {"count": 1}, "context": {"currency": "USD"}}), &["/context/currency"]);
    let server = world();
    let body = json!({"input": {"count": 1}, "context": {"region": "sharjah"}});
    let view = acme(&server).execute("typed", &body).expect(200).json();
    assert_eq!(view["result"]["region"], "sharjah");
}
