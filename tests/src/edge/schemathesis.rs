//! A3: the contract is tried by schemathesis, a tool that nobody here wrote: examples, edges of every
//! schema, random requests, and calls that follow from answers. What is checked, and what is not and why,
//! stands in `tests/schemathesis/schemathesis.toml`.

use std::path::Path;
use std::process::Command;

use magone_core::grant::Scope;
use serde_json::json;

use crate::harness::{Setup, python};

/// Everything that a token may.
const SCOPES: [&str; 16] = [
    "executions:read",
    "executions:write",
    "definitions:inline",
    "tenants:read",
    "tenants:write",
    "keys:read",
    "keys:write",
    "workflows:read",
    "workflows:write",
    "agents:read",
    "agents:write",
    "audit:read",
    "prices:read",
    "prices:write",
    "webhooks:read",
    "webhooks:write",
];

#[test]
fn the_contract_holds_against_a_stranger() {
    // The examples of the document work with the demo.
    let server = Setup::new().argument("--demo").env("MAGONE_TRUSTED_PROXIES", "127.0.0.1").start();
    let admin = server.admin(&SCOPES);
    let scopes = Scope::ALL.map(Scope::as_str);
    let key = json!({"tenant": "magure", "name": "schemathesis", "scopes": scopes});
    let key = admin.post("/api/v1/keys", &key).expect(201).json()["key"].as_str().unwrap().to_owned();
    let (_, token) = admin.credential().unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemathesis");
    let work = tempfile::tempdir().unwrap();
    let output = Command::new(python::environment("schemathesis").join("bin/schemathesis"))
        .arg("--config-file")
        .arg(folder.join("schemathesis.toml"))
        .args(["--no-color", "run", &format!("{}/openapi.json", server.url())])
        .env("MAGONE_TEST_HOOKS", folder.join("hooks.py"))
        .env("MAGONE_TEST_KEY", key)
        .env("MAGONE_TEST_TOKEN", token.trim_start_matches("Bearer "))
        .current_dir(work.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let summary = said.find("= SUMMARY =").map_or("", |place| &said[place..]);
    println!("{summary}");
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    server.anonymous().get("/readyz").expect(200);
}
