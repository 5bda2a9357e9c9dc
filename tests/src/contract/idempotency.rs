//! `Idempotency-Key`: asking twice is asking once, however it is asked.

use serde_json::{Value, json};

use super::shape::PROJECTION;
use super::world::{acme, world};
use crate::harness::{Answer, Api, Server};

const EXECUTE: &str = "/api/v1/external/execute/";

fn post(api: &Api, path: &str, key: &str, body: &Value) -> Answer {
    api.call("POST", &format!("{EXECUTE}{path}")).header("idempotency-key", key).json(body).send()
}

fn replayed(answer: &Answer) -> bool {
    match answer.header("idempotency-replayed") {
        None => false,
        Some(value) => {
            assert_eq!(value, "true");
            true
        }
    }
}

fn id(answer: &Answer) -> String {
    answer.json()["execution_id"].as_str().unwrap().to_owned()
}

fn runs(server: &Server, session: &str) -> usize {
    let page =
        acme(server).get(&format!("/api/v1/external/executions?session_id={session}")).expect(200).json();
    page["executions"].as_array().unwrap().len()
}

#[test]
fn the_same_wish_is_one_run() {
    let server = world();
    let api = acme(&server);
    let body = json!({"input": "x", "context": {"tone": "kind"}, "session_id": "idem-1"});
    let first = post(&api, "quick", "one-1", &body).expect(200);
    assert!(!replayed(&first));
    // Written otherwise, it is the same wish; and so is the key in quotes.
    let same = r#"{ "session_id": "idem-1", "context": {"tone": "kind"}, "input": "x", "surplus": 1 }"#;
    let call = api.call("POST", &format!("{EXECUTE}quick")).header("idempotency-key", "\"one-1\"");
    let again = call.body("application/json", same).send().expect(200);
    assert!(replayed(&again));
    assert_eq!(again.json(), first.json());
    assert_eq!(again.header("cache-control"), Some("no-store"));
    let later = post(&api, "quick/async", "one-1", &body).expect(200);
    assert!(replayed(&later));
    assert_eq!(later.json(), first.json(), "however it is asked, the answer is the run as it is now");
    assert_eq!(runs(&server, "idem-1"), 1);
}

#[test]
fn a_run_in_flight_is_joined_in_every_way() {
    let server = world();
    let api = acme(&server);
    let body = json!({"input": "x", "session_id": "idem-2"});
    let started = post(&api, "endless/async", "two-1", &body).expect(202);
    assert!(!replayed(&started));
    let place = started.header("location").unwrap().to_owned();
    let call = api.call("POST", &format!("{EXECUTE}endless")).header("idempotency-key", "two-1");
    let waited = call.header("prefer", "wait=0").json(&body).send().expect(202);
    let again = post(&api, "endless/async", "two-1", &body).expect(202);
    let mut members = PROJECTION.to_vec();
    members.push("status_url");
    for answer in [&waited, &again] {
        assert!(replayed(answer));
        super::shape::assert_members(&answer.json(), &members);
        assert_eq!(id(answer), id(&started));
        assert_eq!(answer.header("location"), Some(place.as_str()));
        assert!(answer.header("retry-after").is_some());
    }
    assert_eq!(waited.header("preference-applied"), Some("wait=0"));
    api.cancel(&id(&started)).expect(202);
    let over = api.ended(&id(&started));
    let replay = post(&api, "endless", "two-1", &body).expect(200);
    assert_eq!([&replay.json()["state"], &over["state"]], ["cancelled", "cancelled"]);
    assert_eq!(runs(&server, "idem-2"), 1);
}

#[test]
fn another_wish_needs_another_key() {
    let server = world();
    let api = acme(&server);
    let body = json!({"input": "x"});
    post(&api, "quick", "three-1", &body).expect(200);
    for (slug, body) in [
        ("quick", json!({"input": "y"})),
        ("quick", json!({"input": "x", "session_id": "s"})),
        ("quick", json!({"input": "x", "context": {"tone": "kind"}})),
        ("talk", json!({"input": "x"})),
        ("nothing", json!({"input": "x"})),
    ] {
        for path in [slug.to_owned(), format!("{slug}/async")] {
            post(&api, &path, "three-1", &body).problem(422, "idempotency_mismatch");
        }
    }
    post(&api, "quick", "three-2", &json!({"input": "y"})).expect(200);
}

#[test]
fn keys_are_a_tenants_own() {
    let server = world();
    let body = json!({"input": "mine"});
    post(&acme(&server), "quick", "four-1", &body).expect(200);
    // The rival has no such workflow, and learns nothing of who used the key.
    post(&server.api("rival"), "quick", "four-1", &body).problem(404, "not_found");
}

#[test]
fn what_was_refused_is_not_remembered() {
    let server = world();
    let api = acme(&server);
    post(&api, "quick", "five-1", &json!({})).problem(422, "validation");
    post(&api, "nothing", "five-1", &json!({"input": "x"})).problem(404, "not_found");
    assert!(!replayed(&post(&api, "quick", "five-1", &json!({"input": "x"})).expect(200)));
}

#[test]
fn a_key_that_is_none_says_what_is_wrong() {
    let server = world();
    let api = acme(&server);
    let body = json!({"input": "x"});
    post(&api, "quick", &"k".repeat(255), &body).expect(200);
    for key in ["k".repeat(256), String::new(), "\"\"".to_owned()] {
        let answer = post(&api, "quick", &key, &body);
        answer.problem(422, "validation");
        assert_eq!(answer.pointers(), ["/Idempotency-Key"]);
    }
    for key in ["a b", "a,b", "\"open", "caf\u{e9}"] {
        let problem = post(&api, "quick/async", key, &body).problem(400, "malformed_request");
        assert!(problem["detail"].as_str().unwrap().contains("255 visible ASCII"), "{problem}");
    }
    let call = api.call("POST", &format!("{EXECUTE}quick")).header("idempotency-key", "a");
    let twice = call.header("idempotency-key", "a").json(&body).send();
    let problem = twice.problem(400, "malformed_request");
    assert!(problem["detail"].as_str().unwrap().contains("more than once"), "{problem}");
}
