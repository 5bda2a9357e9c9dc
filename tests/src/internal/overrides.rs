//! What tenants have otherwise than the definitions that they are assigned.

use serde_json::{Value, json};

use crate::harness::{Answer, Api, Server, Setup, magone, until};

const HELPER: &str = "{ id: helper, model: scripted/demo, instructions: Help }";
const EXPERT: &str = "{ id: expert, model: scripted/demo, instructions: Know }";

/// Asks an agent; says in which tone.
const HELP: &str = "
id: help
config: { tone: formal, secret: kept }
entry_step: ask
output: { content: '{{ config.tone }}' }
steps:
  - { id: ask, type: agent, agent: helper }
";

fn world() -> (Server, Api) {
    let setup = Setup::new().tenant("acme").tenant("rival").agent(HELPER).agent(EXPERT);
    let server = setup.workflow("acme", "help", HELP).workflow("rival", "help", HELP).start();
    let scopes =
        ["workflows:read", "workflows:write", "tenants:read", "agents:read", "agents:write", "audit:read"];
    let admin = server.admin(&scopes);
    (server, admin)
}

fn assign(admin: &Api, body: &Value) -> Answer {
    admin.call("PUT", "/api/v1/tenants/acme/workflows/help").json(body).send()
}

fn ran(server: &Server, tenant: &str) -> (Value, Value) {
    let view = server.api(tenant).execute("help", &json!({"input": "x"})).expect(200).json();
    (view["result"]["content"].clone(), view["metadata"]["agents_used"].clone())
}

#[test]
fn a_tenants_runs_have_what_it_has_otherwise_and_nobody_elses() {
    let (server, admin) = world();
    assert_eq!(ran(&server, "acme"), (json!("formal"), json!(["helper"])));
    let overrides = json!({
        "entry_agent_id": "expert", "config": {"tone": "kind"}, "model": "scripted/echo",
        "limits": {"max_steps": 7},
    });
    let made =
        assign(&admin, &json!({"definition": "help", "config_overrides": overrides})).expect(200).json();
    assert_eq!(made["config_overrides"], overrides);
    assert_eq!(ran(&server, "acme"), (json!("kind"), json!(["expert"])));
    assert_eq!(ran(&server, "rival"), (json!("formal"), json!(["helper"])));
    let effective = admin.get("/api/v1/tenants/acme/workflows/help/effective").expect(200).json();
    assert_eq!(effective["overrides"], overrides);
    assert_eq!(effective["agents"], json!([{"id": "expert", "version": 1}]));
    let definition = &effective["definition"];
    assert_eq!(definition["config"], json!({"tone": "kind", "secret": "kept"}));
    assert_eq!(
        [&definition["steps"][0]["agent"], &definition["limits"]["max_steps"]],
        [&json!("expert"), &json!(7)]
    );

    let kept = assign(&admin, &json!({"definition": "help", "name": "Help"})).expect(200).json();
    assert_eq!(kept["config_overrides"], overrides, "what is not named stays");
    let gone = assign(&admin, &json!({"definition": "help", "config_overrides": null})).expect(200).json();
    assert_eq!(gone["config_overrides"], json!({}));
    assert_eq!(ran(&server, "acme"), (json!("formal"), json!(["helper"])));
    let audit = admin.get("/api/v1/audit?limit=1").expect(200).json();
    let entry = &audit["entries"][0];
    assert_eq!(
        [&entry["before"]["config_overrides"], &entry["after"]["config_overrides"]],
        [&overrides, &Value::Null],
        "{audit}"
    );
}

#[test]
fn overrides_that_do_not_fit_are_refused_with_their_place() {
    let (server, admin) = world();
    for (overrides, pointer) in [
        (json!({"entry_agent_id": "nobody"}), "/config_overrides/entry_agent_id"),
        (json!({"model": "gpt"}), "/config_overrides/model"),
        (json!({"limits": {"max_steps": 0}}), "/config_overrides/limits/max_steps"),
        (json!({"tone": "kind"}), "/config_overrides/tone"),
        (json!([]), "/config_overrides"),
    ] {
        let refused = assign(&admin, &json!({"definition": "help", "config_overrides": overrides}));
        refused.problem(422, "validation");
        assert_eq!(refused.pointers(), [pointer]);
    }
    assert_eq!(ran(&server, "acme").0, "formal");
}

#[test]
fn what_a_tenant_overrides_is_in_use() {
    let (server, admin) = world();
    assign(&admin, &json!({"definition": "help", "config_overrides": {"entry_agent_id": "expert"}}))
        .expect(200);
    let refused = admin.call("DELETE", "/api/v1/agents/expert").send().problem(409, "conflict");
    assert_eq!(refused["detail"], "'expert' is in use: tenant 'acme' begins 'help' with it");
    let next =
        json!({"id": "help", "entry_step": "say", "steps": [{"id": "say", "type": "transform", "value": 1}]});
    let refused = admin.call("PUT", "/api/v1/workflows/help").json(&next).send().problem(409, "conflict");
    let sentence = "Tenant 'acme' runs it as 'help' with overrides that do not fit this version: /entry_agent_id \
                    the entry step `say` is no `agent` step, so it has no agent; change them first, or pin the \
                    tenant to a version";
    assert_eq!(refused["detail"], sentence);
    assign(&admin, &json!({"definition": "help", "version": 1})).expect(200);
    admin.call("PUT", "/api/v1/workflows/help").json(&next).send().expect(200);
    assert_eq!(ran(&server, "acme").1, json!(["expert"]), "it stays at its version");
}

#[test]
fn the_command_line_and_plain_sql_say_it_too() {
    let (server, _) = world();
    let tone = r#"{"config": {"tone": "dry"}}"#;
    let assign = |arguments: &[&str]| {
        magone(server.data(), &[&["workflow", "assign", "acme", "help", "help"], arguments].concat())
    };
    assign(&["--overrides", tone]).succeeded();
    let toned =
        |tone: &str| until(&format!("runs are {tone}"), || (ran(&server, "acme").0 == tone).then_some(()));
    toned("dry");
    assign(&[]).succeeded();
    toned("dry");
    assign(&["--overrides", "{}"]).succeeded();
    toned("formal");
    server.data().execute(
        "UPDATE tenant_workflows SET config_overrides = '{\"config\": {\"tone\": \"odd\"}, \"theme\": \"dark\"}' \
         WHERE slug = 'help'",
    );
    toned("odd");
    // What nobody knows does not keep the assignment from being changed.
    assign(&["Help"]).succeeded();
    toned("odd");
    let refused = assign(&["--overrides", r#"{"model": "gpt"}"#]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("/config_overrides/model"), "{refused:?}");
    assert_eq!(assign(&["--overrides", "{"]).code, Some(2));
}
