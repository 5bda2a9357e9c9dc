//! `POST /execute/{slug}/stream`, and `Accept: text/event-stream` on execute: a run from its first event.

use serde_json::{Value, json};

use super::world::{acme, world};
use crate::harness::{Api, Frame, Stream};

const EXECUTE: &str = "/api/v1/external/execute/";

/// The two ways of asking.
fn both(api: &Api, slug: &str, body: &Value, headers: &[(&str, &str)]) -> [Stream; 2] {
    let named = api.post_stream(&format!("{EXECUTE}{slug}/stream"), body, headers);
    let accept = [&[("accept", "text/event-stream")], headers].concat();
    [named, api.post_stream(&format!("{EXECUTE}{slug}"), body, &accept)]
}

fn id(stream: &Stream) -> String {
    let place = stream.headers["location"].to_str().unwrap();
    place.strip_prefix("/api/v1/external/executions/").unwrap().to_owned()
}

/// Events of the log, as frames tell them.
fn documents(frames: &[Frame]) -> Vec<Value> {
    frames.iter().filter(|frame| frame.id.is_some()).map(Frame::document).collect()
}

#[test]
fn a_run_is_told_from_its_first_event_to_its_end() {
    let server = world();
    let api = acme(&server);
    for stream in both(&api, "help", &json!({"input": "Q4"}), &[]) {
        assert_eq!(stream.status, 200);
        let header = |name: &str| stream.headers[name].to_str().unwrap();
        assert!(header("content-type").starts_with("text/event-stream"));
        assert_eq!(header("cache-control"), "no-store");
        assert!(stream.headers.get("idempotency-replayed").is_none());
        let id = id(&stream);
        assert_eq!(stream.next().unwrap().retry.as_deref(), Some("2000"));
        let told = documents(&stream.rest());
        assert_eq!(told, api.log(&id));
        assert_eq!(told.first().unwrap()["type"], "execution.created");
        assert_eq!(told.last().unwrap()["data"], api.execution(&id), "the last event is the projection");
    }
}

#[test]
fn what_cannot_be_started_is_a_problem_and_no_stream() {
    let server = world();
    let api = acme(&server);
    for (slug, body, status, code) in [
        ("nothing", json!({"input": "x"}), 404, "not_found"),
        ("quick", json!({}), 422, "validation"),
        ("typed", json!({"input": "x"}), 422, "validation"),
    ] {
        let call = api.call("POST", &format!("{EXECUTE}{slug}/stream")).json(&body);
        call.send().problem(status, code);
        let call = api.call("POST", &format!("{EXECUTE}{slug}")).header("accept", "text/event-stream");
        call.json(&body).send().problem(status, code);
    }
    let refused = api.call("POST", &format!("{EXECUTE}quick/stream")).header("idempotency-key", "");
    refused.json(&json!({"input": "x"})).send().problem(422, "validation");
    let failed = api.post_stream(&format!("{EXECUTE}fails/stream"), &json!({"input": "x"}), &[]).rest();
    assert_eq!(failed.last().unwrap().document()["data"]["code"], "no_figures");
}

#[test]
fn whoever_leaves_cancels_nothing() {
    let server = world();
    let api = acme(&server);
    let stream = api.post_stream(&format!("{EXECUTE}endless/stream"), &json!({"input": "x"}), &[]);
    let id = id(&stream);
    stream.next_named("step.started");
    drop(stream);
    assert_eq!(api.execution(&id)["status"], "running");
    // And comes back to where it was.
    let after = server.events("acme", &id);
    after.next_named("step.started");
    api.cancel(&id).expect(202);
    assert_eq!(after.rest().last().unwrap().event.as_deref(), Some("execution.cancelled"));
}

#[test]
fn a_key_joins_the_run_that_it_stands_for() {
    let server = world();
    let api = acme(&server);
    let body = json!({"input": "x", "session_id": "stream-1"});
    let first =
        api.post_stream(&format!("{EXECUTE}endless/stream"), &body, &[("idempotency-key", "stream-1")]);
    first.next_named("step.started");
    for stream in both(&api, "endless", &body, &[("idempotency-key", "stream-1")]) {
        assert_eq!(stream.headers["idempotency-replayed"], "true");
        assert_eq!(id(&stream), id(&first));
        assert_eq!(
            stream.next_named("execution.created").id.as_deref(),
            Some("1"),
            "from the first event on"
        );
    }
    api.cancel(&id(&first)).expect(202);
    let told = documents(&first.rest());
    assert_eq!(told.last().unwrap()["type"], "execution.cancelled");
    let [replay, _] = both(&api, "endless", &body, &[("idempotency-key", "stream-1")]);
    assert_eq!(documents(&replay.rest()), api.log(&id(&first)), "what has ended is told and closed");
}

#[test]
fn places_beyond_the_end_are_named() {
    let server = world();
    let api = acme(&server);
    let ended = api.execute("quick", &json!({"input": "x"})).expect(200).json();
    let ended = ended["execution_id"].as_str().unwrap();
    let running = api.start("endless", &json!({"input": "x"}));
    for id in [ended, &running] {
        let path = format!("/api/v1/external/executions/{id}/events");
        for accept in ["text/event-stream", "application/json"] {
            let call = || api.call("GET", &path).header("accept", accept);
            let answer = call().header("last-event-id", "9999").send();
            let problem = answer.problem(422, "validation");
            assert_eq!(answer.pointers(), ["/Last-Event-ID"]);
            assert!(problem["detail"].as_str().unwrap().contains("does not reach"), "{problem}");
            call().header("last-event-id", "18446744073709551616").send().problem(422, "validation");
        }
        let last = api.log(id).len();
        let page = api.call("GET", &format!("{path}?after={last}")).header("accept", "application/json");
        assert_eq!(page.send().expect(200).json()["events"], json!([]), "the end itself is a place");
    }
    api.cancel(&running).expect(202);
}
