//! Every internal route × {no token, a tenant's key, a token that lacks the scope}. The list is the
//! router's own: a new route is tested as soon as it is there.

use serde_json::json;
use server::api::{Access, Endpoint, endpoints};

use crate::harness::{Answer, Api, Setup};

/// The routes of admins, each with the scope that it asks for.
fn of_admins() -> Vec<(Endpoint, &'static str)> {
    let scoped = |endpoint: Endpoint| match endpoint.access {
        Access::Admin(permission) => Some((endpoint, permission.scope())),
        _ => None,
    };
    endpoints().into_iter().filter_map(scoped).collect()
}

/// Calls an endpoint with names that nothing has.
fn call(api: &Api, endpoint: &Endpoint) -> Answer {
    let parts = endpoint.path.split('/');
    let filled = parts.map(|part| if part.starts_with('{') { "1" } else { part });
    let path = filled.collect::<Vec<_>>().join("/");
    let call = api.call(endpoint.method.as_str(), &path);
    match endpoint.method.as_str() {
        "POST" | "PUT" | "PATCH" => call.json(&json!({})).send(),
        _ => call.send(),
    }
}

#[test]
fn no_internal_route_answers_without_the_token_that_it_asks_for() {
    let server = Setup::new().behind_proxies().tenant("acme").start();
    let (key, anonymous) = (server.api("acme").anywhere(), server.anonymous());
    let as_bearer = Api::with_token(server.url(), &server.tenant("acme").key).anywhere();
    for scope in scopes_asked_for() {
        let others: Vec<_> = scopes_asked_for().into_iter().filter(|other| *other != scope).collect();
        let lacking = server.admin(&others);
        for (endpoint, _) in of_admins().iter().filter(|(_, needed)| *needed == scope) {
            let what = format!("{} {}", endpoint.method, endpoint.path);
            let missing = call(&anonymous, endpoint);
            missing.problem(401, "key_missing");
            for answer in [missing, call(&key, endpoint), call(&as_bearer, endpoint)] {
                assert_eq!(answer.status, 401, "{what}");
                assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{what}");
                assert_eq!(answer.header("cache-control"), Some("no-store"), "{what}");
            }
            call(&key, endpoint).problem(401, "key_invalid");
            let refused = call(&lacking, endpoint).problem(403, "insufficient_scope");
            assert_eq!(refused["detail"], format!("This needs the scope '{scope}'"), "{what}");
        }
    }
}

#[test]
fn a_token_with_the_scope_is_let_in_and_opens_no_tenants_route() {
    let server = Setup::new().tenant("acme").start();
    let token = server.admin(&scopes_asked_for());
    for (endpoint, _) in of_admins() {
        let status = call(&token, &endpoint).status;
        assert!(
            !matches!(status, 401 | 403 | 405 | 500..),
            "{} {}: {status}",
            endpoint.method,
            endpoint.path
        );
    }
    token.get("/api/v1/external/workflows").problem(401, "key_invalid");
}

/// Every scope that a route asks for.
fn scopes_asked_for() -> Vec<&'static str> {
    let mut scopes: Vec<_> = of_admins().into_iter().map(|(_, scope)| scope).collect();
    scopes.sort_unstable();
    scopes.dedup();
    scopes
}
