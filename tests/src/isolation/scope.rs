//! Keys that may do some things, and keys for some workflows.

use magone_core::grant::Scope;
use serde_json::{Value, json};
use server::api::Access;

use super::route::{Named, SLOW, WORKFLOW, of_tenants};
use crate::harness::{Api, Server, Setup, magone};

const OTHER: &str = "other";

fn world() -> Server {
    let other = SLOW.replace("id: chain", "id: other");
    Setup::new().tenant("acme").workflow("acme", WORKFLOW, SLOW).workflow("acme", OTHER, &other).start()
}

/// A caller with a new key of the tenant, which the server finds when it is used.
fn with(server: &Server, arguments: &[&str]) -> Api {
    let create = [&["--output", "json", "key", "create", "acme", "limited"], arguments].concat();
    let made = magone(server.data(), &create).json();
    server.with_key(made["key"].as_str().unwrap())
}

#[test]
fn a_key_without_the_scope_of_a_route_is_told_which_one_it_needs() {
    let server = world();
    for endpoint in of_tenants() {
        let Access::TenantKey(Some(asked)) = endpoint.access else { continue };
        let others = Scope::ALL.into_iter().filter(|scope| *scope != asked).map(Scope::as_str);
        let without = with(&server, &["--scope", &others.collect::<Vec<_>>().join(",")]);
        let named = Named::of(&server, &endpoint);
        for named in [named.nothing(), named] {
            let problem = named.call(&without, &endpoint).problem(403, "insufficient_scope");
            let sentence = format!("This needs a key with the scope '{}'", asked.as_str());
            assert_eq!(problem["detail"], sentence, "{} {}", endpoint.method, endpoint.path);
        }
    }
}

#[test]
fn a_key_that_may_only_start_runs_gets_what_it_started() {
    let server = world();
    let starter = with(&server, &["--scope", "execute"]);
    let path = format!("/api/v1/external/execute/{WORKFLOW}");
    let call = starter.call("POST", &path).header("prefer", "wait=0").json(&json!({"input": "x"}));
    let id = call.send().expect(202).json()["execution_id"].as_str().unwrap().to_owned();
    assert_eq!(starter.cancel(&id).expect(202).json()["execution_id"], id.as_str());
    let own = format!("/api/v1/external/executions/{id}");
    starter.get(&own).problem(403, "insufficient_scope");
    with(&server, &["--scope", "read"]).get(&own).expect(200);
}

#[test]
fn what_a_key_is_not_for_is_not_there() {
    let server = world();
    let whole = server.api("acme");
    let bound = with(&server, &["--scope", "execute,read,keys:manage", "--workflow", OTHER]);
    let id = whole.start(WORKFLOW, &json!({"input": "x", "session_id": "same"}));
    let own = bound.start(OTHER, &json!({"input": "x", "session_id": "same"}));
    // Webhooks are of all workflows: a key for some has nothing to do with them.
    let webhooks = Access::TenantKey(Some(Scope::ManageWebhooks));
    let endpoints = of_tenants().into_iter().filter(|endpoint| endpoint.access != webhooks);
    for endpoint in endpoints.filter(|endpoint| endpoint.path.contains('{')) {
        let named = Named::of(&server, &endpoint);
        let (elsewhere, nothing) = (named.blank(&named.call(&bound, &endpoint)), named.nothing());
        assert_eq!(elsewhere.0, 404, "{} {}", endpoint.method, endpoint.path);
        let nowhere = nothing.blank(&nothing.call(&bound, &endpoint));
        assert_eq!(elsewhere, nowhere, "{} {}", endpoint.method, endpoint.path);
    }
    let seen = |path: &str, list: &str, name: &str| -> Vec<Value> {
        let page = bound.get(path).expect(200).json();
        page[list].as_array().unwrap().iter().map(|row| row[name].clone()).collect()
    };
    assert_eq!(seen("/api/v1/external/workflows", "workflows", "slug"), [OTHER]);
    for query in ["", "?session_id=same", "?include=result"] {
        let path = format!("/api/v1/external/executions{query}");
        assert_eq!(seen(&path, "executions", "execution_id"), [own.as_str()], "{query}");
    }
    let none = format!("/api/v1/external/executions?workflow={WORKFLOW}");
    assert_eq!(seen(&none, "executions", "execution_id"), Vec::<Value>::new());
    assert!(whole.execution(&id)["state"] != "cancelled", "nothing happened to the run");
}

#[test]
fn a_replaced_key_may_do_what_the_old_one_did() {
    let server = world();
    let create =
        ["--output", "json", "key", "create", "acme", "app", "--scope", "execute", "--workflow", OTHER];
    let made = magone(server.data(), &create).json();
    let rotate = ["--output", "json", "key", "rotate", made["id"].as_str().unwrap()];
    let new = magone(server.data(), &rotate).json();
    assert_eq!((&new["scopes"], &new["workflows"]), (&json!(["execute"]), &json!([OTHER])));
    let api = server.with_key(new["key"].as_str().unwrap());
    api.start(OTHER, &json!({"input": "x"}));
    api.post(&format!("/api/v1/external/execute/{WORKFLOW}"), &json!({"input": "x"}))
        .problem(404, "not_found");
}

#[test]
fn what_makes_no_key_is_named_with_its_pointers() {
    let server = world();
    let admin = server.admin(&["keys:write"]);
    let wrong = admin.post(
        "/api/v1/keys",
        &json!({"tenant": "acme", "name": "app", "scopes": ["webhooks:manage", "all"], "workflows": ["chain", "nothing"]}),
    );
    wrong.problem(422, "validation");
    assert_eq!(wrong.pointers(), ["/scopes/1", "/workflows/1", "/scopes"]);
    let none = json!({"tenant": "acme", "name": "app", "scopes": [], "workflows": []});
    assert_eq!(admin.post("/api/v1/keys", &none).pointers(), ["/scopes", "/workflows"]);
    let refused = magone(server.data(), &["key", "create", "acme", "app", "--workflow", "nothing"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("The tenant has no workflow 'nothing'"), "{refused:?}");
}
