//! CORS: a page may call for the tenants that list its origin, and for all where the operator does.

use serde_json::json;

use crate::harness::{Answer, Api, Server, Setup, chain};

const WORKFLOWS: &str = "/api/v1/external/workflows";
const OF_ALL: &str = "https://everywhere.example";
const OF_ACME: &str = "https://app.acme.example";
const OF_RIVAL: &str = "http://localhost:3000";

fn world() -> Server {
    let setup = Setup::new().env("CORS_ORIGINS", &format!("{OF_ALL}, https://second.example"));
    let server =
        setup.tenant("acme").tenant("rival").workflow("acme", "chain", &chain(1, "scripted/echo")).start();
    for (tenant, origin) in [("acme", OF_ACME), ("rival", OF_RIVAL)] {
        let settings = json!({"settings": {"cors_origins": [origin]}});
        let path = format!("/api/v1/tenants/{tenant}");
        server.admin(&["tenants:write"]).call("PATCH", &path).json(&settings).send().expect(200);
    }
    server
}

fn preflight(api: &Api, origin: &str) -> Answer {
    api.call("OPTIONS", "/api/v1/external/execute/chain")
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type,x-api-key")
        .send()
}

fn allowed(answer: &Answer) -> Option<&str> {
    let vary: Vec<_> = answer.headers.get_all("vary").iter().map(|value| value.to_str().unwrap()).collect();
    assert!(vary.iter().any(|value| value.eq_ignore_ascii_case("origin")), "{vary:?}");
    answer.header("access-control-allow-origin")
}

#[test]
fn a_preflight_is_answered_by_all_lists_together() {
    let server = world();
    for origin in [OF_ALL, OF_ACME, OF_RIVAL] {
        let answer = preflight(&server.anonymous(), origin).expect(204);
        assert_eq!(allowed(&answer), Some(origin));
        let names = answer.header("access-control-allow-headers").unwrap().to_lowercase();
        for name in [
            "x-api-key",
            "authorization",
            "content-type",
            "idempotency-key",
            "prefer",
            "last-event-id",
            "traceparent",
            "x-request-id",
        ] {
            assert!(names.contains(name), "{names}");
        }
        let methods = answer.header("access-control-allow-methods").unwrap();
        assert_eq!(methods, "GET, POST, PUT, PATCH, DELETE, OPTIONS");
    }
    for origin in
        ["https://elsewhere.example", "null", "https://app.acme.example.evil", "HTTPS://app.acme.example"]
    {
        let answer = preflight(&server.anonymous(), origin);
        answer.problem(403, "origin_not_allowed");
        assert_eq!(allowed(&answer), None, "{origin}");
    }
}

#[test]
fn a_request_is_judged_by_its_own_tenants_list() {
    let server = world();
    let get = |tenant: &str, origin: &str| {
        server.api(tenant).call("GET", WORKFLOWS).header("origin", origin).send()
    };
    for (tenant, origin) in [("acme", OF_ACME), ("rival", OF_RIVAL), ("acme", OF_ALL), ("rival", OF_ALL)] {
        let answer = get(tenant, origin).expect(200);
        assert_eq!(allowed(&answer), Some(origin));
        let exposed = answer.header("access-control-expose-headers").unwrap();
        for name in [
            "RateLimit",
            "RateLimit-Policy",
            "Retry-After",
            "Location",
            "X-Request-Id",
            "Idempotency-Replayed",
        ] {
            assert!(exposed.split(", ").any(|one| one == name), "{exposed}");
        }
    }
    for (tenant, origin) in [("acme", OF_RIVAL), ("rival", OF_ACME), ("acme", "https://elsewhere.example")] {
        let answer = get(tenant, origin);
        answer.problem(403, "origin_not_allowed");
        assert_eq!(allowed(&answer), None);
    }
    let plain = server.api("acme").get(WORKFLOWS).expect(200);
    assert_eq!(allowed(&plain), None, "who names no origin is no page");
}

#[test]
fn a_page_can_read_why_its_key_is_refused() {
    let server = world();
    let answer = server.anonymous().call("GET", WORKFLOWS).header("origin", OF_ACME).send();
    answer.problem(401, "key_missing");
    assert_eq!(allowed(&answer), Some(OF_ACME));
}

#[test]
fn an_admins_token_is_for_the_operators_pages_alone() {
    let server = world();
    let admin = server.admin(&["tenants:read"]);
    let get = |origin: &str| admin.call("GET", "/api/v1/tenants").header("origin", origin).send();
    assert_eq!(allowed(&get(OF_ALL).expect(200)), Some(OF_ALL));
    get(OF_ACME).problem(403, "origin_not_allowed");
}

#[test]
fn a_change_of_the_lists_is_noticed() {
    let server = world();
    let changed = json!({"settings": {"cors_origins": ["https://new.example"]}});
    server.admin(&["tenants:write"]).call("PATCH", "/api/v1/tenants/acme").json(&changed).send().expect(200);
    preflight(&server.anonymous(), OF_ACME).problem(403, "origin_not_allowed");
    preflight(&server.anonymous(), "https://new.example").expect(204);
}
