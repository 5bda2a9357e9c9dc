//! Every route of a tenant × {own, another tenant's, nobody's}, and × {no key, wrong key, suspended}.
//! The list is the router's own: a new route is tested as soon as it is there.

use magone_core::grant::Scope;
use serde_json::{Value, json};
use server::api::{Access, Endpoint, endpoints};

use crate::harness::{Answer, Api, Server, Setup, magone, until};

/// What follows the prefix of an id that nobody has.
const NOBODYS_ULID: &str = "01k00000000000000000000000";
pub(super) const WORKFLOW: &str = "chain";
/// Waits for a model, and asks somebody.
pub(super) const SLOW: &str = "
id: chain
entry_step: both
steps:
  - { id: both, type: parallel, branches: [think, ask] }
  - { id: think, type: llm, model: scripted/slow-600000, prompt: '{{ input }}' }
  - { id: ask, type: approval, prompt: 'Go on?' }
";

pub(super) fn of_tenants() -> Vec<Endpoint> {
    let endpoints: Vec<_> =
        endpoints().into_iter().filter(|endpoint| matches!(endpoint.access, Access::TenantKey(_))).collect();
    assert!(endpoints.len() >= 8, "the router lists its routes");
    endpoints
}

/// What an endpoint's path names: something of a tenant's, and the same of nobody's.
pub(super) struct Named {
    pub id: String,
    pub slug: String,
}

impl Named {
    /// Something new of the tenant that has the workflow.
    pub fn of(server: &Server, endpoint: &Endpoint) -> Self {
        let path = endpoint.path.trim_start_matches("/api/v1/external/");
        let id = match path.split('/').next() {
            _ if !path.contains("{id}") => String::new(),
            Some("executions") => server.api("acme").start(WORKFLOW, &json!({"input": "x"})),
            Some("webhook-endpoints") => registered(&whole(server, "acme")),
            Some("webhook-deliveries") => {
                let api = whole(server, "acme");
                let test = format!("/api/v1/external/webhook-endpoints/{}/test", registered(&api));
                id_of(&api.call("POST", &test).send().expect(202))
            }
            Some("keys") => {
                let create = ["--output", "json", "key", "create", "acme", "further"];
                magone(server.data(), &create).json()["id"].as_str().unwrap().to_owned()
            }
            _ => panic!("teach this test what {path} names"),
        };
        Self { id, slug: WORKFLOW.to_owned() }
    }

    /// Nothing, in the same form.
    pub fn nothing(&self) -> Self {
        let prefix = self.id.split('_').next().unwrap_or_default();
        Self { id: format!("{prefix}_{NOBODYS_ULID}"), slug: "nothing".to_owned() }
    }

    /// Calls an endpoint with these names in its path.
    pub fn call(&self, api: &Api, endpoint: &Endpoint) -> Answer {
        self.call_with(api, endpoint, &body(endpoint.path))
    }

    /// The same with that body, where it takes one.
    pub fn call_with(&self, api: &Api, endpoint: &Endpoint, body: &Value) -> Answer {
        let path = endpoint.path.replace("{id}", &self.id).replace("{slug}", &self.slug);
        let path = path.replace("{approval_id}", "both.ask");
        assert!(!path.contains('{'), "teach this test what {path} names");
        let call = api.call(endpoint.method.as_str(), &path).header("accept", "application/json");
        match endpoint.method.as_str() {
            "POST" | "PUT" | "PATCH" => call.json(body).send(),
            _ => call.send(),
        }
    }

    /// An answer without what differs between any two of them.
    pub fn blank(&self, answer: &Answer) -> (u16, Vec<(String, String)>, Value) {
        let mut body = answer.json();
        let request_id = body["request_id"].take();
        assert!(request_id.is_string(), "{body}");
        let text = body.to_string().replace(&format!("'{}'", self.slug), "'<name>'");
        let text = text.replace(&format!("/{}", self.slug), "/<name>");
        let text = if self.id.is_empty() { text } else { text.replace(&self.id, "<name>") };
        // Whether a connection stays open depends on how much of an unread body came by then.
        let fleeting = ["connection", "date", "x-request-id", "traceparent", "content-length"];
        let headers = answer.headers.iter().filter(|(header, _)| !fleeting.contains(&header.as_str()));
        let headers = headers.map(|(header, value)| (header.to_string(), value.to_str().unwrap().to_owned()));
        let mut headers: Vec<_> = headers.collect();
        headers.sort();
        (answer.status, headers, serde_json::from_str(&text).unwrap())
    }
}

fn id_of(answer: &Answer) -> String {
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// A new webhook endpoint's id: nobody answers there.
fn registered(api: &Api) -> String {
    let path = "/api/v1/external/webhook-endpoints";
    id_of(&api.post(path, &body(path)).expect(201))
}

/// A body that the endpoint takes.
pub(super) fn body(path: &str) -> Value {
    match path.trim_start_matches("/api/v1/external/") {
        "keys" => json!({"name": "further"}),
        "webhook-endpoints" => json!({"url": "https://receiver.invalid/"}),
        path if path.starts_with("keys/") || path.starts_with("webhook-") => json!({}),
        _ => json!({"input": "x", "decision": "approve"}),
    }
}

/// A caller who may do everything that the tenant may.
pub(super) fn whole(server: &Server, tenant: &str) -> Api {
    let scopes = Scope::ALL.map(Scope::as_str).join(",");
    let create = ["--output", "json", "key", "create", tenant, "whole", "--scope", &scopes];
    server.with_key(magone(server.data(), &create).json()["key"].as_str().unwrap())
}

pub(super) fn world() -> Server {
    // What a run says takes ten minutes: it is in flight as long as the test.
    let setup = Setup::new().behind_proxies().tenant("acme").tenant("rival").workflow("acme", WORKFLOW, SLOW);
    let other = SLOW.replace("id: chain", "id: other");
    setup.workflow("rival", "other", &other).start()
}

#[test]
fn what_is_another_tenants_answers_as_what_is_nobodys() {
    let server = world();
    let (acme, rival) = (whole(&server, "acme"), whole(&server, "rival"));
    let id = acme.start(WORKFLOW, &json!({"input": "x"}));
    let before = acme.execution(&id);
    for endpoint in of_tenants().iter().filter(|endpoint| endpoint.path.contains('{')) {
        let named = Named::of(&server, endpoint);
        let (others, nothing) = (named.call(&rival, endpoint), named.nothing());
        others.problem(404, "not_found");
        let nobodys = nothing.blank(&nothing.call(&rival, endpoint));
        assert_eq!(named.blank(&others), nobodys, "{} {}", endpoint.method, endpoint.path);
    }
    assert_eq!(acme.execution(&id), before, "nothing happened to the run");
    assert_eq!(rival.get("/api/v1/external/executions").expect(200).json()["executions"], json!([]));
    // The same calls by the owner work: otherwise the 404s above would prove nothing.
    // Two of them wait for an end that does not come.
    let waits = |path: &str| path.ends_with("/execute/{slug}") || path.ends_with("/stream");
    for endpoint in of_tenants().iter().filter(|endpoint| !waits(endpoint.path)) {
        let named = Named::of(&server, endpoint);
        if endpoint.path.ends_with("/retry") {
            acme.cancel(&named.id).expect(202);
            acme.ended(&named.id);
        }
        let answer = named.call(&acme, endpoint);
        let worked = (200..300).contains(&answer.status);
        assert!(worked, "{} {}: {}", endpoint.method, endpoint.path, answer.text);
    }
    let path = format!("/api/v1/external/execute/{WORKFLOW}");
    acme.call("POST", &path).header("prefer", "wait=0").json(&json!({"input": "x"})).send().expect(202);
}

#[test]
fn lists_show_a_tenant_its_own_alone() {
    let server = world();
    let ids = ["acme", "rival"].map(|tenant| {
        let workflow = if tenant == "acme" { WORKFLOW } else { "other" };
        server.api(tenant).start(workflow, &json!({"input": "x", "session_id": "same"}))
    });
    for (tenant, own) in ["acme", "rival"].iter().zip(&ids) {
        for query in ["", "?session_id=same", "?status=running", "?include=result", "?tenant_id=acme"] {
            let path = format!("/api/v1/external/executions{query}");
            let page = server.api(tenant).get(&path).expect(200).json();
            let rows = page["executions"].as_array().unwrap();
            let found: Vec<_> = rows.iter().map(|row| row["execution_id"].as_str().unwrap()).collect();
            assert_eq!(found, [own.as_str()], "{tenant} {query}");
        }
        let cursor = format!("/api/v1/external/executions?cursor=exec_{NOBODYS_ULID}zzz");
        for row in server.api(tenant).get(&cursor).expect(200).json()["executions"].as_array().unwrap() {
            assert_eq!(row["execution_id"], own.as_str(), "a cursor opens no other tenant's list");
        }
    }
}

#[test]
fn no_route_answers_without_a_valid_key_of_an_active_tenant() {
    let server = world();
    let named = Named { id: "exec_1".to_owned(), slug: WORKFLOW.to_owned() };
    let wrong = server.with_key(&server.tenant("acme").key.replace("acme_", "rival_")).anywhere();
    for endpoint in of_tenants() {
        named.call(&server.anonymous(), &endpoint).problem(401, "key_missing");
        named.call(&wrong, &endpoint).problem(401, "key_invalid");
    }
    magone(server.data(), &["tenant", "suspend", "acme"]).succeeded();
    let acme = server.api("acme");
    until("the suspension is noticed", || {
        (acme.get("/api/v1/external/workflows").status == 403).then_some(())
    });
    for endpoint in of_tenants() {
        named.call(&acme, &endpoint).problem(403, "tenant_suspended");
    }
}

#[test]
fn every_route_is_below_the_prefix_of_those_who_may_call_it() {
    for endpoint in endpoints() {
        let what = format!("{} {}", endpoint.method, endpoint.path);
        let external = endpoint.path.starts_with("/api/v1/external/");
        // What the format looks like is no secret; its address is part of the format.
        let published = endpoint.path.starts_with("/api/v1/schemas/");
        let internal = endpoint.path.starts_with("/api/v1/") && !external && !published;
        assert_eq!(external, matches!(endpoint.access, Access::TenantKey(_)), "{what}");
        assert_eq!(internal, matches!(endpoint.access, Access::Admin(_)), "{what}");
    }
}
