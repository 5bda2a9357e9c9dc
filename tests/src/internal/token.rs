//! Admin tokens and accounts: made and taken back on the command line, beside a running server.

use crate::harness::{Api, Server, Setup, magone, until};

const PATH: &str = "/api/v1/audit";

fn token(server: &Server, arguments: &[&str]) -> serde_json::Value {
    let create = ["--output", "json", "admin", "token", "create", "deploys"];
    magone(server.data(), &[&create[..], arguments].concat()).json()
}

#[test]
fn a_token_opens_until_it_is_revoked_and_the_server_notices() {
    let server = Setup::new().tenant("acme").start();
    let made = token(&server, &["--scope", "audit:read,tenants:read"]);
    let secret = made["token"].as_str().unwrap();
    assert!(secret.starts_with("mat_") && secret.starts_with(made["prefix"].as_str().unwrap()));
    let api = Api::with_token(server.url(), secret);
    api.get(PATH).expect(200);
    server.with_key(secret).get(PATH).expect(200);

    let listed = magone(server.data(), &["--output", "json", "admin", "token", "list"]);
    assert!(!listed.stdout.contains(secret), "a token is shown once");
    let row = &listed.json()[0];
    assert_eq!((&row["id"], row["name"].as_str()), (&made["id"], Some("deploys")));
    assert_eq!(row["scopes"], serde_json::json!(["audit:read", "tenants:read"]));
    assert!(row["expires_at"].is_string() && row["revoked_at"].is_null(), "{row}");

    magone(server.data(), &["admin", "token", "revoke", made["id"].as_str().unwrap()]).succeeded();
    let refused = until("the revocation is noticed", || Some(api.get(PATH)).filter(|a| a.status != 200));
    assert_eq!(refused.problem(401, "key_invalid")["detail"], "Invalid admin token");
    assert!(!server.log().contains(secret), "no token is in a log");
}

#[test]
fn an_expired_token_and_a_mistyped_one_answer_alike() {
    let server = Setup::new().tenant("acme").start();
    let made = token(&server, &["--scope", "audit:read", "--expires", "1"]);
    let secret = made["token"].as_str().unwrap();
    server.data().execute("UPDATE admin_tokens SET expires_at = 1");
    let last = if secret.ends_with('0') { '1' } else { '0' };
    let mistyped = format!("{}{last}", &secret[..secret.len() - 1]);
    for secret in [secret, mistyped.as_str(), "mat_", "nonsense"] {
        let problem = Api::with_token(server.url(), secret).get(PATH).problem(401, "key_invalid");
        assert_eq!(problem["detail"], "Invalid admin token");
    }
}

#[test]
fn what_makes_no_token_is_refused_with_what_would() {
    let setup = Setup::new().tenant("acme");
    let refused = |arguments: &[&str], code: i32, words: &[&str]| {
        let output = magone(setup.data(), arguments);
        assert_eq!(output.code, Some(code), "{output:?}");
        for word in words {
            assert!(output.stderr.contains(word), "{word}: {}", output.stderr);
        }
    };
    refused(&["admin", "token", "create", "x", "--scope", "everything"], 1, &["everything", "tenants:read"]);
    refused(&["admin", "token", "create", " ", "--scope", "audit:read"], 1, &["/name"]);
    refused(&["admin", "token", "create", "x"], 2, &["--scope"]);
    refused(&["admin", "token", "revoke", "tok_nothing"], 4, &["Admin token 'tok_nothing' not found"]);
    refused(&["admin", "create", "nobody"], 1, &["/email"]);
    refused(&["admin", "reset-password", "a@example.com"], 4, &["Admin 'a@example.com' not found"]);
    let make = ["--output", "json", "admin", "create", "a@example.com", "--role", "viewer"];
    let made = magone(setup.data(), &make).json();
    assert!(made["password"].as_str().is_some_and(|password| password.len() >= 32), "{made}");
    refused(&make, 5, &["has an account already"]);
    let reset = magone(setup.data(), &["--output", "json", "admin", "reset-password", "A@Example.com"]);
    assert_ne!(reset.json()["password"], made["password"]);
    assert_eq!(reset.json()["id"], made["id"]);
}

#[test]
fn what_the_command_line_did_is_in_the_audit_log() {
    let server = Setup::new().tenant("acme").start();
    let audit = server.admin(&["audit:read"]);
    magone(server.data(), &["tenant", "suspend", "acme"]).succeeded();
    let page = audit.get(PATH).expect(200).json();
    let entries = page["entries"].as_array().unwrap();
    assert_eq!(entries[0]["action"], "tenant.suspended");
    assert_eq!([&entries[0]["before"]["is_active"], &entries[0]["after"]["is_active"]], [true, false]);
    assert_eq!(entries[0]["actor"], "command line");
    assert_eq!(entries[1]["action"], "admin_token.created");
    assert_eq!(entries[1]["after"]["scopes"], serde_json::json!(["audit:read"]));
    assert_eq!(page["next_cursor"], serde_json::Value::Null);

    let first = audit.get(&format!("{PATH}?limit=1")).expect(200).json();
    assert_eq!(first["entries"][0], entries[0]);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = audit.get(&format!("{PATH}?limit=1&cursor={cursor}")).expect(200).json();
    assert_eq!(second["entries"][0], entries[1]);
    let wrong = audit.get(&format!("{PATH}?limit=many"));
    wrong.problem(422, "validation");
    assert_eq!(wrong.pointers(), ["/limit"]);
}
