//! Tenants: made, read, changed, switched off and on, deleted.

use serde_json::{Value, json};

use crate::harness::{Server, Setup, chain, until};

const TENANTS: &str = "/api/v1/tenants";
const SCOPES: [&str; 4] = ["tenants:read", "tenants:write", "audit:read", "workflows:write"];

fn world() -> Server {
    Setup::new().tenant("acme").workflow("acme", "chain", &chain(1, "scripted/echo")).start()
}

#[test]
fn a_tenant_is_made_with_a_key_that_opens_at_once_and_is_shown_once() {
    let server = world();
    let admin = server.admin(&SCOPES);
    let made = admin.post(TENANTS, &json!({"name": " Rival ", "slug": "rival"})).expect(201);
    assert_eq!(made.header("location"), Some("/api/v1/tenants/rival"));
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let body = made.json();
    let key = body["key"].as_str().unwrap();
    server.with_key(key).get("/api/v1/external/workflows").expect(200);
    let tenant = admin.get(&format!("{TENANTS}/rival")).expect(200);
    assert_eq!(tenant.json(), body["tenant"]);
    assert!(!tenant.text.contains(key));
    assert_eq!(tenant.json()["name"], "Rival");
    assert_eq!(tenant.json()["rate_limit_per_minute"], 60);
    let all = admin.get(TENANTS).expect(200).json();
    let slugs: Vec<_> = all["tenants"].as_array().unwrap().iter().map(|one| &one["slug"]).collect();
    assert_eq!(slugs, ["acme", "rival"]);

    admin.post(TENANTS, &json!({"name": "x", "slug": "rival"})).problem(409, "conflict");
    admin.post(TENANTS, &json!({"name": "x", "slug": "internal"})).problem(409, "conflict");
    let wrong = admin.post(TENANTS, &json!({"slug": 1, "rate_limit_per_minute": -1, "colour": "red"}));
    wrong.problem(422, "validation");
    assert_eq!(wrong.pointers(), ["/name", "/slug", "/rate_limit_per_minute", "/colour"]);
    admin.post(TENANTS, &json!([])).problem(422, "validation");
    admin.call("POST", TENANTS).body("application/json", "{").send().problem(400, "malformed_request");
    admin.get(&format!("{TENANTS}/nobody")).problem(404, "not_found");
}

#[test]
fn a_change_touches_what_it_names_and_is_in_the_audit_log() {
    let server = world();
    let admin = server.admin(&SCOPES);
    let path = format!("{TENANTS}/acme");
    let patch = |body: Value| admin.call("PATCH", &path).json(&body).send();
    let changed = patch(json!({
        "rate_limit_per_minute": 5,
        "settings": {"max_concurrent_runs": 2, "cors_origins": ["https://app.example.com"]},
    }));
    let changed = changed.expect(200).json();
    assert_eq!((&changed["name"], &changed["rate_limit_per_minute"]), (&json!("acme"), &json!(5)));
    let next = patch(json!({"name": "Acme", "settings": {"max_concurrent_runs": null}})).expect(200).json();
    assert_eq!(next["settings"], json!({"cors_origins": ["https://app.example.com"]}));
    assert_eq!(next["rate_limit_per_minute"], 5);
    assert_eq!(
        patch(json!({"rate_limit_per_minute": null})).expect(200).json()["rate_limit_per_minute"],
        Value::Null
    );

    let wrong = patch(json!({
        "name": " ", "settings": {"max_concurrent_runs": 0, "max_colour": 1, "cors_origins": ["*"]},
    }));
    wrong.problem(422, "validation");
    let pointers =
        ["/settings/cors_origins", "/settings/max_colour", "/settings/max_concurrent_runs", "/name"];
    assert_eq!(wrong.pointers(), pointers);
    let entries = admin.get("/api/v1/audit").expect(200).json();
    let entry = &entries["entries"][1];
    assert_eq!((&entry["action"], &entry["object_type"]), (&json!("tenant.updated"), &json!("tenant")));
    assert_eq!((&entry["before"]["name"], &entry["after"]["name"]), (&json!("acme"), &json!("Acme")));
    assert!(entry["actor"].as_str().unwrap().starts_with("tok_"), "{entry}");
}

#[test]
fn a_suspended_tenant_is_refused_at_once_and_a_deleted_one_is_nobody() {
    let server = world();
    let (admin, acme) = (server.admin(&SCOPES), server.api("acme"));
    let id = acme.start("chain", &json!({"input": "x"}));
    acme.ended(&id);
    let post = |what: &str| admin.call("POST", &format!("{TENANTS}/acme/{what}")).send().expect(200).json();
    assert_eq!(post("suspend")["is_active"], false);
    acme.get("/api/v1/external/workflows").problem(403, "tenant_suspended");
    assert_eq!(post("resume")["is_active"], true);
    acme.get("/api/v1/external/workflows").expect(200);

    let path = format!("{TENANTS}/acme");
    assert_eq!(admin.call("DELETE", &path).send().expect(204).text, "");
    acme.get("/api/v1/external/workflows").problem(401, "key_invalid");
    for method in ["GET", "DELETE"] {
        admin.call(method, &path).send().problem(404, "not_found");
    }
    let status = server.admin(&["executions:read"]).get(&format!("/api/v1/workflow/status/{id}"));
    assert_eq!(status.expect(200).json()["status"], "completed", "its runs stay until they are erased");
}

#[test]
fn a_tenant_with_runs_in_flight_is_not_deleted() {
    let slow = chain(1, "scripted/slow-600000");
    let server = Setup::new().tenant("acme").workflow("acme", "chain", &slow).start();
    let (admin, acme) = (server.admin(&SCOPES), server.api("acme"));
    let id = acme.start("chain", &json!({"input": "x"}));
    let path = format!("{TENANTS}/acme");
    let refused = admin.call("DELETE", &path).send().problem(409, "conflict");
    assert!(refused["detail"].as_str().unwrap().contains(&id), "{refused}");
    acme.cancel(&id).expect(202);
    until("the run ends", || (acme.execution(&id)["status"] == "failed").then_some(()));
    admin.call("DELETE", &path).send().expect(204);
}

#[test]
fn what_a_tenant_may_run_is_assigned_pinned_and_taken_away() {
    let server = world();
    let admin = server.admin(&["tenants:read", "tenants:write", "workflows:read", "workflows:write"]);
    let path = format!("{TENANTS}/acme/workflows");
    let assign = |slug: &str, body: Value| admin.call("PUT", &format!("{path}/{slug}")).json(&body).send();
    let made =
        assign("second", json!({"definition": "chain", "version": 1, "name": "Second"})).expect(200).json();
    assert_eq!((&made["version"], &made["name"]), (&json!(1), &json!("Second")));
    let acme = server.api("acme");
    acme.execute("second", &json!({"input": "x"})).expect(200);
    let again = assign("second", json!({"definition": "chain", "version": "latest"})).expect(200).json();
    assert_eq!((&again["id"], &again["version"]), (&made["id"], &Value::Null));
    let listed = admin.get(&path).expect(200).json();
    assert_eq!((listed["total"].as_u64(), &listed["workflows"][1]["slug"]), (Some(2), &json!("second")));

    let effective = admin.get(&format!("{path}/second/effective")).expect(200).json();
    assert_eq!((&effective["version"], &effective["definition"]["id"]), (&json!(1), &json!("chain")));
    admin.call("DELETE", &format!("{path}/second")).send().expect(204);
    acme.execute("second", &json!({"input": "x"})).problem(404, "not_found");
    admin.call("DELETE", &format!("{path}/second")).send().problem(404, "not_found");
    admin.get(&format!("{path}/second/effective")).problem(404, "not_found");
    assert_eq!(admin.get(&path).expect(200).json()["total"], 1);

    assign("x", json!({"definition": "nothing"})).problem(404, "not_found");
    assign("x", json!({"definition": "chain", "version": 9})).problem(404, "not_found");
    assign("No%20Slug", json!({"definition": "chain"})).problem(422, "validation");
    let wrong = assign("x", json!({"version": 0}));
    wrong.problem(422, "validation");
    assert_eq!(wrong.pointers(), ["/definition", "/version"]);
}
