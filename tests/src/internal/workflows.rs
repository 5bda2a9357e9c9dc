//! Definitions: saved as versions, compared, deleted.

use serde_json::{Value, json};

use crate::harness::{Api, Server, Setup, magone};

const WORKFLOWS: &str = "/api/v1/workflows";

fn definition(says: &str) -> Value {
    json!({"id": "greet", "entry_step": "say", "steps": [{"id": "say", "type": "transform", "value": says}]})
}

fn world() -> (Server, Api) {
    let server = Setup::new().tenant("acme").start();
    let admin = server.admin(&["workflows:read", "workflows:write", "tenants:read"]);
    (server, admin)
}

#[test]
fn each_save_is_a_version_that_stays_as_it_is() {
    let (server, admin) = world();
    let made = admin.post(WORKFLOWS, &definition("one")).expect(201);
    assert_eq!(
        (made.header("location"), made.header("etag")),
        (Some("/api/v1/workflows/greet"), Some("\"1\""))
    );
    assert_eq!(made.json()["version"], 1);
    admin.post(WORKFLOWS, &definition("two")).problem(409, "conflict");
    let path = format!("{WORKFLOWS}/greet");
    let save = |says: &str| admin.call("PUT", &path).json(&definition(says)).send().expect(200).json();
    assert_eq!((&save("two")["version"], &save("two")["version"]), (&json!(2), &json!(2)));
    let latest = admin.get(&path).expect(200);
    assert_eq!((latest.header("etag"), &latest.json()["steps"][0]["value"]), (Some("\"2\""), &json!("two")));
    let first = admin.get(&format!("{path}/versions/1")).expect(200).json();
    assert_eq!((&first["version"], &first["steps"][0]["value"]), (&json!(1), &json!("one")));
    let versions = admin.get(&format!("{path}/versions")).expect(200).json();
    assert_eq!((&versions["versions"][0]["version"], &versions["total"]), (&json!(2), &json!(2)));
    let diff = admin.get(&format!("{path}/diff?from=1&to=2")).expect(200).json();
    assert_eq!(diff["changes"], json!([{"pointer": "/steps/0/value", "before": "one", "after": "two"}]));
    assert_eq!(admin.get(WORKFLOWS).expect(200).json()["workflows"][0]["latest_version"], 2);

    magone(server.data(), &["workflow", "assign", "acme", "greet", "pinned", "--version", "1"]).succeeded();
    magone(server.data(), &["workflow", "assign", "acme", "greet", "newest"]).succeeded();
    for (slug, says) in [("pinned", "one"), ("newest", "two")] {
        let effective = admin.get(&format!("/api/v1/tenants/acme/workflows/{slug}/effective"));
        assert_eq!(effective.expect(200).json()["definition"]["steps"][0]["value"], says);
        let run = server.api("acme").execute(slug, &json!({"input": "x"})).expect(200).json();
        assert_eq!(run["result"]["content"], says, "{run}");
    }
}

#[test]
fn two_changes_of_one_version_are_a_conflict_and_nothing_is_lost() {
    let (_server, admin) = world();
    admin.post(WORKFLOWS, &definition("one")).expect(201);
    let path = format!("{WORKFLOWS}/greet");
    let mine = admin.call("PUT", &path).header("if-match", "\"1\"").json(&definition("mine")).send();
    assert_eq!(mine.expect(200).json()["version"], 2);
    let theirs = admin.call("PUT", &path).header("if-match", "\"1\"").json(&definition("theirs")).send();
    let problem = theirs.problem(409, "conflict");
    assert!(problem["detail"].as_str().unwrap().contains("version 2 by now, not 1"), "{problem}");
    let mut body = definition("theirs");
    body["base_version"] = json!(1);
    admin.call("PUT", &path).json(&body).send().problem(409, "conflict");
    body["base_version"] = json!(2);
    assert_eq!(admin.call("PUT", &path).json(&body).send().expect(200).json()["version"], 3);
    assert_eq!(admin.get(&format!("{path}/versions/2")).expect(200).json()["steps"][0]["value"], "mine");
    let wrong = admin.call("PUT", &path).header("if-match", "W/x").json(&definition("x")).send();
    assert_eq!(wrong.problem(422, "validation")["errors"][0]["pointer"], "/If-Match");
}

#[test]
fn every_problem_of_a_definition_is_named_and_nothing_is_saved() {
    let (_server, admin) = world();
    let wrong = json!({
        "id": "greet", "entry_step": "nowhere", "colour": "red",
        "steps": [{"id": "ask", "type": "agent", "agent": "nobody"}],
    });
    let refused = admin.post(WORKFLOWS, &wrong);
    refused.problem(422, "validation");
    let pointers = refused.pointers();
    for pointer in ["/entry_step", "/colour", "/steps/0/agent"] {
        assert!(pointers.contains(&pointer.to_owned()), "{pointer}: {pointers:?}");
    }
    admin.get(&format!("{WORKFLOWS}/greet")).problem(404, "not_found");
    let other = admin.call("PUT", &format!("{WORKFLOWS}/other")).json(&definition("x")).send();
    other.problem(422, "validation");
    assert_eq!(other.pointers(), ["/id"]);
    let deep = "[".repeat(80);
    admin.call("POST", WORKFLOWS).body("application/json", deep).send().problem(400, "malformed_request");
    let large = json!({"id": "greet", "name": "x".repeat(1 << 20)});
    admin.post(WORKFLOWS, &large).problem(413, "too_large");
}

#[test]
fn what_is_assigned_is_not_deleted_and_what_is_deleted_is_gone() {
    let (server, admin) = world();
    admin.post(WORKFLOWS, &definition("one")).expect(201);
    magone(server.data(), &["workflow", "assign", "acme", "greet", "hello"]).succeeded();
    let path = format!("{WORKFLOWS}/greet");
    let refused = admin.call("DELETE", &path).send().problem(409, "conflict");
    assert_eq!(refused["detail"], "'greet' is in use: tenant 'acme' runs it as 'hello'");
    let assigned = "/api/v1/tenants/acme/workflows/hello";
    admin.call("DELETE", assigned).send().expect(204);
    admin.call("DELETE", &path).send().expect(204);
    for (method, path) in
        [("GET", path.clone()), ("DELETE", path.clone()), ("GET", format!("{path}/versions"))]
    {
        admin.call(method, &path).send().problem(404, "not_found");
    }
    for path in
        [format!("{path}/versions/x"), format!("{path}/versions/0"), format!("{path}/diff?from=1&to=2")]
    {
        admin.get(&path).problem(404, "not_found");
    }
    admin.get(&format!("{path}/diff?from=1")).problem(422, "validation");
    assert_eq!(admin.post(WORKFLOWS, &definition("new")).expect(201).json()["version"], 2, "numbers go on");
}

/// A definition that runs another one.
fn runs(id: &str, child: &str) -> Value {
    json!({"id": id, "entry_step": "sub", "steps": [{"id": "sub", "type": "workflow", "workflow": child}]})
}

#[test]
fn workflows_are_made_of_others_and_never_of_themselves() {
    let (_server, admin) = world();
    let refused = |body: &Value, sentence: &str| {
        let problem = admin.post(WORKFLOWS, body).problem(422, "validation");
        let error = &problem["errors"][0];
        assert_eq!([&error["pointer"], &error["detail"]], ["/steps/0/workflow", sentence], "{problem}");
    };
    refused(&runs("a", "b"), "there is no workflow `b`");
    let itself = "`a` cannot run itself; use a `loop` or a `map` to do something again";
    refused(&runs("a", "a"), itself);
    admin.post(WORKFLOWS, &definition("hi")).expect(201);
    admin.post(WORKFLOWS, &runs("a", "greet")).expect(201);
    admin.post(WORKFLOWS, &runs("b", "a")).expect(201);
    let circle = admin.call("PUT", &format!("{WORKFLOWS}/a")).json(&runs("a", "b")).send();
    let problem = circle.problem(422, "validation");
    assert_eq!(problem["errors"][0]["detail"], format!("workflow `b` leads back here: {itself}"));
    let path = format!("{WORKFLOWS}/greet");
    let refused = admin.call("DELETE", &path).send().problem(409, "conflict");
    assert_eq!(refused["detail"], "'greet' is in use: workflow definition 'a' runs it");
    for id in ["b", "a", "greet"] {
        admin.call("DELETE", &format!("{WORKFLOWS}/{id}")).send().expect(204);
    }
}

#[test]
fn ten_workflows_inside_each_other_are_too_many() {
    let (_server, admin) = world();
    admin.post(WORKFLOWS, &definition("hi")).expect(201);
    let mut child = "greet".to_owned();
    for depth in 1..=8 {
        let id = format!("level-{depth}");
        admin.post(WORKFLOWS, &runs(&id, &child)).expect(201);
        child = id;
    }
    let problem = admin.post(WORKFLOWS, &runs("top", &child)).problem(422, "validation");
    let sentence = "workflow `level-8` leads more than 8 workflows deep";
    assert_eq!(problem["errors"][0]["detail"], sentence);
}

#[test]
fn a_run_keeps_to_the_versions_of_its_children_that_it_began_with() {
    let server = Setup::new().tenant("acme").start();
    let admin = server.admin(&["workflows:read", "workflows:write", "tenants:write", "executions:write"]);
    let later = json!({"id": "later", "entry_step": "ask", "steps": [
        {"id": "ask", "type": "approval", "prompt": "Now?", "next": "sub"},
        {"id": "sub", "type": "workflow", "workflow": "greet"},
    ]});
    admin.post(WORKFLOWS, &definition("one")).expect(201);
    admin.post(WORKFLOWS, &later).expect(201);
    magone(server.data(), &["workflow", "assign", "acme", "later", "later"]).succeeded();
    let api = server.api("acme");
    let started = crate::harness::until("the assignment is noticed", || {
        Some(api.post("/api/v1/external/execute/later/async", &json!({"input": "x"})))
            .filter(|a| a.status == 202)
    });
    let old = started.json()["execution_id"].as_str().unwrap().to_owned();
    admin.call("PUT", &format!("{WORKFLOWS}/greet")).json(&definition("two")).send().expect(200);
    let new = api.start("later", &json!({"input": "x"}));
    for (id, said) in [(old, "one"), (new, "two")] {
        let path = format!("/api/v1/external/executions/{id}/approvals/ask");
        api.post(&path, &json!({"decision": "approve"})).expect(200);
        assert_eq!(api.ended(&id)["result"]["content"], said);
    }
}

#[test]
fn files_that_run_each_other_are_applied_together_in_any_order() {
    let setup = Setup::new().tenant("acme");
    let parent = setup.data().file("a-parent.json", &runs("parent", "greet").to_string());
    let child = setup.data().file("b-child.json", &definition("hi").to_string());
    let (parent, child) = (parent.to_str().unwrap().to_owned(), child.to_str().unwrap().to_owned());
    let alone = magone(setup.data(), &["workflow", "apply", "-f", &parent]);
    assert_eq!(alone.code, Some(1));
    assert!(alone.stdout.contains("there is no workflow `greet`"), "{alone:?}");
    magone(setup.data(), &["workflow", "validate", "-f", &parent, "-f", &child]).succeeded();
    magone(setup.data(), &["workflow", "apply", "-f", &parent, "-f", &child]).succeeded();
    let list = magone(setup.data(), &["--output", "json", "workflow", "list"]).json();
    assert_eq!(list.as_array().map(Vec::len), Some(2), "{list}");
}
