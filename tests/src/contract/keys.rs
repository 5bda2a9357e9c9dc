//! Who calls: the key, in one of two headers.

use std::sync::Arc;

use super::world::world;
use crate::harness::{Server, Setup, magone, until};

const PATH: &str = "/api/v1/external/workflows";

#[test]
fn a_key_is_taken_from_either_header() {
    let server = world();
    let key = &server.tenant("acme").key;
    server.with_key(key).get(PATH).expect(200);
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let call = server.anonymous().call("GET", PATH).header("authorization", &format!("{scheme} {key}"));
        call.send().expect(200);
    }
}

#[test]
fn without_a_key_the_first_apis_words_are_said() {
    let server = world();
    let blank = server.anonymous().call("GET", PATH).header("x-api-key", "  ").send();
    let basic = server.anonymous().call("GET", PATH).header("authorization", "Basic YTpi").send();
    for answer in [server.anonymous().get(PATH), blank, basic] {
        let problem = answer.problem(401, "key_missing");
        assert_eq!(problem["detail"], "Missing X-API-Key header");
        assert_eq!(answer.header("www-authenticate"), Some("ApiKey"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}

/// Keys that open nothing, for reasons that nobody is told.
fn wrong_keys(server: &Arc<Server>) -> Vec<String> {
    let key = &server.tenant("acme").key;
    let last = if key.ends_with('0') { '1' } else { '0' };
    let mistyped = format!("{}{last}", &key[..key.len() - 1]);
    let legacy = format!("acme_live_{}", "0a".repeat(24));
    vec![mistyped, legacy, "nonsense".to_owned(), "acme_live_".to_owned(), "k".repeat(4_000)]
}

#[test]
fn wrong_keys_cannot_be_told_apart() {
    let server = world();
    let mut bodies = Vec::new();
    for key in wrong_keys(&server) {
        let answer = server.with_key(&key).get(PATH);
        let mut problem = answer.problem(401, "key_invalid");
        assert_eq!(problem["detail"], "Invalid API key");
        assert_eq!(answer.header("www-authenticate"), Some("ApiKey"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        problem.as_object_mut().unwrap().remove("request_id");
        bodies.push(problem);
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
}

#[test]
fn headers_that_are_no_key_are_refused_and_break_nothing() {
    let server = world();
    let key = server.tenant("acme").key.clone();
    let twice = server.with_key(&key).call("GET", PATH).header("x-api-key", &key).send();
    twice.problem(400, "malformed_request");
    server.anonymous().call("GET", PATH).header("x-api-key", "schlüssel").send().problem(401, "key_invalid");
    let long = server.anonymous().call("GET", PATH).header("x-api-key", &"k".repeat(8_000)).send();
    assert!(matches!(long.status, 400 | 401 | 431), "{}", long.status);
}

#[test]
fn a_suspended_tenant_is_refused_within_a_second_and_let_in_again() {
    let server = Setup::new().tenant("acme").tenant("rival").start();
    let api = server.api("acme");
    api.get(PATH).expect(200);
    magone(server.data(), &["tenant", "suspend", "acme"]).succeeded();
    let refused =
        until("the suspension is noticed", || Some(api.get(PATH)).filter(|answer| answer.status != 200));
    let problem = refused.problem(403, "tenant_suspended");
    assert_eq!(problem["detail"], "Tenant 'acme' is suspended");
    server.api("rival").get(PATH).expect(200);
    magone(server.data(), &["tenant", "resume", "acme"]).succeeded();
    until("the tenant is let in again", || (api.get(PATH).status == 200).then_some(()));
}
