//! Tenants' keys: made, listed, replaced and taken back.

use serde_json::{Value, json};

use crate::harness::{Server, Setup};

const KEYS: &str = "/api/v1/keys";
const WORKFLOWS: &str = "/api/v1/external/workflows";

fn world() -> Server {
    Setup::new().tenant("acme").start()
}

fn ids(listed: &Value) -> Vec<&str> {
    listed["keys"].as_array().unwrap().iter().map(|key| key["id"].as_str().unwrap()).collect()
}

#[test]
fn a_key_is_shown_once_and_opens_until_it_is_revoked() {
    let server = world();
    let admin = server.admin(&["keys:read", "keys:write"]);
    let made = admin.post(KEYS, &json!({"tenant": "acme", "name": "app"})).expect(201);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let made = made.json();
    let (id, key) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    let app = server.with_key(key);
    app.get(WORKFLOWS).expect(200);
    let listed = admin.get(&format!("{KEYS}?tenant=acme")).expect(200);
    assert!(!listed.text.contains(key), "a key is shown once");
    let listed = listed.json();
    assert_eq!((ids(&listed).len(), ids(&listed)[1]), (2, id));
    assert!(key.starts_with(listed["keys"][1]["prefix"].as_str().unwrap()));

    let revoked = admin.call("DELETE", &format!("{KEYS}/{id}")).send().expect(200).json();
    assert!(revoked["revoked_at"].is_string(), "{revoked}");
    app.get(WORKFLOWS).problem(401, "key_invalid");
    let again = admin.call("DELETE", &format!("{KEYS}/{id}")).send().expect(200).json();
    assert_eq!(again, revoked, "revoking twice is revoking once");
    server.api("acme").get(WORKFLOWS).expect(200);
    assert!(!server.log().contains(key), "no key is in a log");
}

#[test]
fn a_replaced_key_ends_at_once_or_after_its_grace() {
    let server = world();
    let admin = server.admin(&["keys:read", "keys:write"]);
    let first = ids(&admin.get(&format!("{KEYS}?tenant=acme")).expect(200).json())[0].to_owned();
    let rotate = |id: &str| admin.call("POST", &format!("{KEYS}/{id}/rotate"));
    let second = rotate(&first).json(&json!({"grace_seconds": 3600})).send().expect(201).json();
    let (old, new) = (server.api("acme"), server.with_key(second["key"].as_str().unwrap()));
    for api in [&old, &new] {
        api.get(WORKFLOWS).expect(200);
    }
    let third = rotate(second["id"].as_str().unwrap()).send().expect(201).json();
    new.get(WORKFLOWS).problem(401, "key_invalid");
    server.with_key(third["key"].as_str().unwrap()).get(WORKFLOWS).expect(200);
    rotate(second["id"].as_str().unwrap()).send().problem(409, "conflict");
    let wrong = rotate(&first).json(&json!({"grace_seconds": 2_592_001})).send();
    wrong.problem(422, "validation");
    assert_eq!(wrong.pointers(), ["/grace_seconds"]);
}

#[test]
fn a_key_that_a_script_made_is_listed_and_revoked_like_all_others() {
    let server = world();
    server.data().execute("DELETE FROM api_keys");
    let admin = server.admin(&["keys:read", "keys:write"]);
    server.api("acme").get(WORKFLOWS).expect(200);
    let listed = admin.get(&format!("{KEYS}?tenant=acme")).expect(200).json();
    let [id] = ids(&listed)[..] else { panic!("{listed}") };
    admin.call("DELETE", &format!("{KEYS}/{id}")).send().expect(200);
    server.api("acme").get(WORKFLOWS).problem(401, "key_invalid");
}

#[test]
fn what_makes_no_key_is_refused() {
    let server = world();
    let admin = server.admin(&["keys:read", "keys:write"]);
    let wrong =
        admin.post(KEYS, &json!({"name": 7, "expires_at": "soon", "scopes": "read", "workflows": [1]}));
    wrong.problem(422, "validation");
    assert_eq!(wrong.pointers(), ["/tenant", "/name", "/expires_at", "/scopes", "/workflows/0"]);
    let past = json!({"tenant": "acme", "name": "app", "expires_at": "2020-01-01T00:00:00Z"});
    assert_eq!(admin.post(KEYS, &past).pointers(), ["/expires_at"]);
    admin.post(KEYS, &json!({"tenant": "nobody", "name": "app"})).problem(404, "not_found");
    admin.get(KEYS).problem(422, "validation");
    admin.get(&format!("{KEYS}?tenant=nobody")).problem(404, "not_found");
    admin.call("DELETE", &format!("{KEYS}/key_nothing")).send().problem(404, "not_found");
}
