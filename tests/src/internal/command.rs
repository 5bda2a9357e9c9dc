//! Commands that change or show the configuration, beside a running server.

use serde_json::{Value, json};

use crate::harness::{Output, Server, Setup, chain, magone, magone_with, until};

const WORKFLOWS: &str = "/api/v1/external/workflows";

fn says(instructions: &str) -> String {
    format!("id: helper\nmodel: scripted/echo\ninstructions: {instructions}\n")
}

fn world() -> Server {
    let help = "id: help\nentry_step: ask\nsteps: [{ id: ask, type: agent, agent: helper }]\n";
    let setup = Setup::new().tenant("acme").agent(&says("one")).workflow("acme", "help", help);
    setup.workflow("acme", "chain", &chain(1, "scripted/echo")).start()
}

fn json_of(server: &Server, arguments: &[&str]) -> Value {
    magone(server.data(), &[&["--output", "json"], arguments].concat()).json()
}

fn refused(output: &Output, code: i32, word: &str) {
    assert_eq!(output.code, Some(code), "{output:?}");
    assert!(output.stderr.contains(word), "{word}: {}", output.stderr);
}

#[test]
fn the_server_notices_keys_that_are_made_replaced_and_revoked() {
    let server = world();
    let run = |arguments: &[&str]| magone(server.data(), arguments);
    server.api("acme").get(WORKFLOWS).expect(200);
    let made = json_of(&server, &["key", "create", "acme", "app", "--expires", "30"]);
    let app = server.with_key(made["key"].as_str().unwrap());
    app.get(WORKFLOWS).expect(200);
    let listed = json_of(&server, &["key", "list", "acme"]);
    assert_eq!((listed.as_array().unwrap().len(), &listed[1]["id"]), (2, &made["id"]));
    assert!(!listed.to_string().contains(made["key"].as_str().unwrap()));

    refused(&run(&["tenant", "rotate-key", "acme"]), 5, made["id"].as_str().unwrap());
    let id = made["id"].as_str().unwrap();
    let new = json_of(&server, &["tenant", "rotate-key", "acme", "--key", id]);
    server.with_key(new["key"].as_str().unwrap()).get(WORKFLOWS).expect(200);
    until("the old key is refused", || (app.get(WORKFLOWS).status == 401).then_some(()));
    refused(&run(&["tenant", "rotate-key", "acme", "--key", id]), 5, "opens nothing any more");
    let first = listed[0]["id"].as_str().unwrap();
    run(&["key", "revoke", first]).succeeded();
    until("the first key is refused", || (server.api("acme").get(WORKFLOWS).status == 401).then_some(()));
    refused(&run(&["key", "revoke", "key_nothing"]), 4, "Key 'key_nothing' not found");
    refused(&run(&["key", "create", "nobody", "app"]), 4, "Tenant 'nobody' not found");
    let table = run(&["key", "list", "acme"]);
    table.succeeded();
    assert!(table.stdout.contains("revoked 2"), "{}", table.stdout);
}

#[test]
fn the_server_notices_new_versions_and_where_a_tenant_stays() {
    let server = world();
    let version = |slug: &str| {
        let workflow = server.api("acme").get(&format!("{WORKFLOWS}/{slug}")).expect(200).json();
        workflow["version"].as_u64().unwrap()
    };
    assert_eq!(version("chain"), 1);
    let file = server.data().file("chain.yaml", &chain(2, "scripted/echo"));
    magone(server.data(), &["workflow", "apply", "-f", file.to_str().unwrap()]).succeeded();
    until("the second version is noticed", || (version("chain") == 2).then_some(()));
    magone(server.data(), &["workflow", "assign", "acme", "chain", "chain", "--version", "1"]).succeeded();
    until("the pinned version is noticed", || (version("chain") == 1).then_some(()));
    let missing = ["workflow", "assign", "acme", "chain", "chain", "--version", "9"];
    refused(&magone(server.data(), &missing), 4, "chain version 9");

    let effective = || {
        let admin = server.admin(&["workflows:read"]);
        admin.get("/api/v1/tenants/acme/workflows/help/effective").expect(200).json()["agents"].clone()
    };
    assert_eq!(effective(), json!([{"id": "helper", "version": 1}]));
    let file = server.data().file("agent.yaml", &says("two"));
    magone(server.data(), &["agent", "apply", "-f", file.to_str().unwrap()]).succeeded();
    until("the agent's version is noticed", || {
        (effective() == json!([{"id": "helper", "version": 2}])).then_some(())
    });
    assert_eq!(json_of(&server, &["agent", "show", "helper"])["instructions"], "two");
    assert_eq!(json_of(&server, &["agent", "show", "helper", "--version", "1"])["instructions"], "one");
    let table = magone(server.data(), &["agent", "show", "helper"]);
    assert!(table.stdout.contains("scripted/echo") && table.stdout.ends_with("two\n"), "{table:?}");
    refused(&magone(server.data(), &["agent", "show", "nobody"]), 4, "Agent 'nobody' not found");
    refused(&magone(server.data(), &["agent", "show", "helper", "--version", "3"]), 4, "helper version 3");
}

#[test]
fn a_tenant_is_shown_and_changed_and_wrong_settings_are_named() {
    let server = world();
    let update = ["tenant", "update", "acme", "--rate-limit", "7", "--set", "retention_days=30"];
    let changed = json_of(&server, &update);
    assert_eq!(
        (&changed["rate_limit_per_minute"], &changed["settings"]["retention_days"]),
        (&json!(7), &json!(30))
    );
    let changed =
        json_of(&server, &["tenant", "update", "acme", "--name", "Acme", "--unset", "retention_days"]);
    assert_eq!((&changed["name"], &changed["settings"]), (&json!("Acme"), &json!({})));
    let shown = json_of(&server, &["tenant", "show", "acme"]);
    assert_eq!(shown["tenant"], changed);
    assert_eq!(shown["workflows"][0], json!({"slug": "chain", "definition": "chain", "version": null}));
    let table = magone(server.data(), &["tenant", "show", "acme"]);
    assert!(table.stdout.contains("7/min") && table.stdout.contains("chain runs chain, latest"), "{table:?}");
    let over_http = server.admin(&["tenants:read"]).get("/api/v1/tenants/acme").expect(200).json();
    assert_eq!(over_http, changed);

    let wrong = magone(server.data(), &["tenant", "update", "acme", "--set", "retention_days=0"]);
    refused(&wrong, 1, "/settings/retention_days");
    refused(&magone(server.data(), &["tenant", "update", "acme"]), 2, "--rate-limit");
    refused(&magone(server.data(), &["tenant", "show", "nobody"]), 4, "Tenant 'nobody' not found");
}

#[test]
fn runs_are_listed_and_exported_page_by_page() {
    let server = world();
    let acme = server.api("acme");
    let ids: Vec<_> = (0..3).map(|_| acme.start("chain", &json!({"input": "hello"}))).collect();
    ids.iter().for_each(|id| {
        acme.ended(id);
    });
    let key = &server.tenant("acme").key;
    let env = [("MAGONE_URL", server.url()), ("MAGONE_API_KEY", key.as_str())];
    let run = |arguments: &[&str]| magone_with(server.data(), &env, arguments);
    let page = run(&["--output", "json", "execution", "list", "--limit", "2"]).json();
    assert_eq!(page["executions"][0]["execution_id"], ids[2].as_str());
    let cursor = page["next_cursor"].as_str().unwrap();
    let next = run(&["--output", "json", "execution", "list", "--cursor", cursor]).json();
    assert_eq!(next["executions"][0]["execution_id"], ids[0].as_str());
    let table = run(&["execution", "list", "--limit", "1"]);
    assert!(table.stdout.contains(&ids[2]) && table.stderr.contains("--cursor exec_"), "{table:?}");

    let exported = run(&["execution", "export", "--workflow", "chain", "--events"]);
    exported.succeeded();
    let lines: Vec<Value> = exported.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let found: Vec<_> = lines.iter().map(|line| line["execution_id"].as_str().unwrap()).collect();
    assert_eq!(found, [ids[2].as_str(), &ids[1], &ids[0]]);
    assert_eq!(
        (&lines[0]["result"]["content"], &lines[0]["events"]),
        (&json!("hello"), &json!(acme.log(&ids[2])))
    );
    assert_eq!(run(&["execution", "export", "--status", "failed"]).stdout.trim(), "");
    refused(&run(&["execution", "list", "--status", "lost"]), 1, "/status");
    let wrong = [("MAGONE_URL", server.url()), ("MAGONE_API_KEY", "wrong")];
    refused(&magone_with(server.data(), &wrong, &["execution", "export"]), 3, "Invalid API key");
}

#[test]
fn completions_are_scripts_that_know_the_commands() {
    let setup = Setup::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = magone(setup.data(), &["completions", shell]);
        script.succeeded();
        assert!(script.stdout.contains("rotate-key"), "{shell}");
    }
}
