//! A tenant's own keys.

use serde_json::{Value, json};

use crate::harness::{Answer, Api, Server, Setup, chain, magone, until};

const KEYS: &str = "/api/v1/external/keys";
const WORKFLOWS: &str = "/api/v1/external/workflows";

fn world() -> Server {
    let named = |id: &str| chain(1, "scripted/echo").replace("id: chain", &format!("id: {id}"));
    let setup = Setup::new().tenant("acme").workflow("acme", "first", &named("first"));
    setup.workflow("acme", "second", &named("second")).start()
}

/// A caller with a key that an operator made, and the key's id.
fn with(server: &Server, arguments: &[&str]) -> (Api, String) {
    let create = [&["--output", "json", "key", "create", "acme", "manager"], arguments].concat();
    let made = magone(server.data(), &create).json();
    (server.with_key(text(&made, "key")), text(&made, "id").to_owned())
}

fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body[name].as_str().unwrap_or_else(|| panic!("{name} in {body}"))
}

fn delete(api: &Api, id: &str) -> Answer {
    api.call("DELETE", &format!("{KEYS}/{id}")).send()
}

fn rotate(api: &Api, id: &str, body: &Value) -> Answer {
    api.post(&format!("{KEYS}/{id}/rotate"), body)
}

#[test]
fn a_tenant_makes_lists_replaces_and_revokes_its_keys() {
    let server = world();
    let (manager, own) = with(&server, &["--scope", "execute,read,keys:manage"]);
    let made = manager.post(KEYS, &json!({"name": "app", "workflows": ["first"]})).expect(201);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let made = made.json();
    assert_eq!((&made["scopes"], &made["workflows"]), (&json!(["execute", "read"]), &json!(["first"])));
    let app = server.with_key(text(&made, "key"));
    assert_eq!(app.get(WORKFLOWS).expect(200).json()["total"], 1);
    let listed = manager.get(KEYS).expect(200);
    assert!(!listed.text.contains(text(&made, "key")), "a key is shown once");
    assert_eq!(listed.json()["total"], 3, "{}", listed.text);
    let id = text(&made, "id");
    assert_eq!(manager.get(&format!("{KEYS}/{id}")).expect(200).json()["name"], "app");

    let replaced = rotate(&manager, id, &json!({"grace_seconds": 3600})).expect(201).json();
    assert_eq!(replaced["workflows"], json!(["first"]));
    app.get(WORKFLOWS).expect(200);
    server.with_key(text(&replaced, "key")).get(WORKFLOWS).expect(200);
    assert!(delete(&manager, id).expect(200).json()["revoked_at"].is_string());
    app.get(WORKFLOWS).problem(401, "key_invalid");
    rotate(&manager, id, &json!({})).problem(409, "conflict");

    let refused = delete(&manager, &own).problem(409, "conflict");
    assert!(text(&refused, "detail").contains("the key that you call with"), "{refused}");
    let new = rotate(&manager, &own, &json!({})).expect(201).json();
    manager.get(KEYS).problem(401, "key_invalid");
    server.with_key(text(&new, "key")).get(KEYS).expect(200);
    let audit = server.admin(&["audit:read"]).get("/api/v1/audit").expect(200);
    assert!(audit.text.contains(&format!("\"actor\":\"{own}\"")), "{}", audit.text);
}

#[test]
fn a_key_gives_nothing_that_it_has_not_itself() {
    let server = world();
    let (manager, _) =
        with(&server, &["--scope", "read,keys:manage", "--workflow", "first", "--rate-limit", "9"]);
    let make = |wish: Value| {
        let mut body = json!({"name": "app", "scopes": ["read"]});
        body.as_object_mut().unwrap().extend(wish.as_object().unwrap().clone());
        manager.post(KEYS, &body)
    };
    for scopes in [json!(null), json!(["execute"]), json!(["read", "webhooks:manage"])] {
        make(json!({"scopes": scopes})).problem(403, "insufficient_scope");
    }
    // A workflow that the key is not for is as unknown as one that there is not.
    for slug in ["second", "nothing"] {
        let wrong = make(json!({"workflows": [slug]}));
        wrong.problem(422, "validation");
        assert_eq!(wrong.pointers(), ["/workflows/0"]);
    }
    assert_eq!(make(json!({"rate_limit_per_minute": 10})).pointers(), ["/rate_limit_per_minute"]);
    assert_eq!(make(json!({"tenant": "rival"})).pointers(), ["/tenant"]);
    let made = make(json!({})).expect(201).json();
    assert_eq!((&made["workflows"], &made["rate_limit_per_minute"]), (&json!(["first"]), &json!(9)));

    // Keys that reach further are not there; those that may do more are not touched.
    let (_, wider) = with(&server, &["--scope", "read"]);
    let (_, further) = with(&server, &["--scope", "execute", "--workflow", "first"]);
    delete(&manager, &wider).problem(404, "not_found");
    assert!(!manager.get(KEYS).expect(200).text.contains(&wider));
    delete(&manager, &further).problem(403, "insufficient_scope");
    rotate(&manager, &further, &json!({})).problem(403, "insufficient_scope");
}

#[test]
fn a_test_key_manages_test_keys_only() {
    let server = world();
    let (tester, _) = with(&server, &["--test", "--scope", "execute,read,keys:manage"]);
    let (_, live) = with(&server, &["--scope", "read"]);
    tester.post(KEYS, &json!({"name": "app"})).problem(403, "insufficient_scope");
    rotate(&tester, &live, &json!({})).problem(403, "insufficient_scope");
    delete(&tester, &live).problem(403, "insufficient_scope");
    let made = tester.post(KEYS, &json!({"name": "app", "test": true})).expect(201).json();
    assert!(text(&made, "key").starts_with("acme_test_"), "{made}");
}

#[test]
fn two_keys_of_one_tenant_work_side_by_side() {
    let server = world();
    let (one, _) = with(&server, &[]);
    let (other, id) = with(&server, &[]);
    for api in [&server.api("acme"), &one, &other] {
        api.get(WORKFLOWS).expect(200);
    }
    magone(server.data(), &["key", "revoke", &id]).succeeded();
    until("the revocation is noticed", || (other.get(WORKFLOWS).status == 401).then_some(()));
    for api in [&server.api("acme"), &one] {
        api.get(WORKFLOWS).expect(200);
    }
}
