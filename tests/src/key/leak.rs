//! K1: no key, nor a part of it that could help anybody, is in the database, the log or the metrics.

use serde_json::json;

use crate::harness::{Server, Setup, chain, magone, until};

const KEYS: &str = "/api/v1/external/keys";
const WORKFLOWS: &str = "/api/v1/external/workflows";
/// Characters in a row that would be too many.
const TOO_MANY: usize = 12;

/// What is random in a key.
fn secret(key: &str) -> &str {
    key.rsplit_once('_').map_or(key, |(_, secret)| secret)
}

fn assert_absent(what: &str, text: &str, keys: &[String]) {
    for key in keys {
        let secret = secret(key);
        for at in 0..=secret.len() - TOO_MANY {
            let part = &secret[at..at + TOO_MANY];
            assert!(!text.contains(part), "{part} of a key is in the {what}");
        }
    }
}

/// Uses a key in every way that there is, right and wrong.
fn traffic(server: &Server, key: &str) {
    let api = server.with_key(key);
    api.get(WORKFLOWS);
    api.execute("chain", &json!({"input": "x"}));
    api.execute("chain", &json!({"input": "x", "context": 7}));
    api.execute("nothing", &json!({"input": "x"}));
    api.call("POST", "/api/v1/external/execute/chain").body("application/json", "{").send();
    api.call("GET", WORKFLOWS).header("x-api-key", key).send();
    api.get("/api/v1/tenants");
    api.get(&format!("/api/v1/external/executions?cursor=exec_{}", "0".repeat(26)));
    let bearer = server.anonymous().call("GET", WORKFLOWS);
    bearer.header("authorization", &format!("Bearer {key}")).send();
    let mistyped = format!("{key}0");
    server.with_key(&mistyped).get(WORKFLOWS).problem(401, "key_invalid");
}

#[test]
fn no_part_of_a_key_is_kept_or_told() {
    let setup = Setup::new().env("LOG_LEVEL", "debug").tenant("acme");
    let server = setup.workflow("acme", "chain", &chain(1, "scripted/echo")).start();
    let create =
        ["--output", "json", "key", "create", "acme", "manager", "--scope", "execute,read,keys:manage"];
    let manager = magone(server.data(), &create).json()["key"].as_str().unwrap().to_owned();
    let made = server.with_key(&manager).post(KEYS, &json!({"name": "app"})).expect(201).json();
    let rotate = format!("{KEYS}/{}/rotate", made["id"].as_str().unwrap());
    let replaced = server.with_key(&manager).post(&rotate, &json!({})).expect(201).json();
    let mut keys = vec![server.tenant("acme").key.clone(), manager];
    keys.extend([made, replaced].map(|made| made["key"].as_str().unwrap().to_owned()));
    for key in &keys {
        traffic(&server, key);
    }
    let used = "SELECT id FROM api_keys WHERE last_used_at IS NOT NULL";
    until("uses are written", || (server.data().texts(used).len() >= 3).then_some(()));
    let listed = server.admin(&["keys:read", "audit:read"]);
    assert_absent("list", &listed.get("/api/v1/keys?tenant=acme").expect(200).text, &keys);
    assert_absent("audit log", &listed.get("/api/v1/audit").expect(200).text, &keys);
    assert_absent("metrics", &server.anonymous().get("/metrics").text, &keys);
    assert_absent("log", &server.log(), &keys);
    let stored = server.data().dump();
    assert!(stored.contains("acme"), "what is stored was read");
    assert_absent("database", &stored, &keys);
}
