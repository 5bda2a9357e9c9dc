//! Whoever stays is turned out when the key is over: open streams, and calls that wait.

use std::thread;

use serde_json::json;

use crate::harness::{Api, Server, Setup, Stream, magone, until};

/// Does not end by itself within a test.
const ENDLESS: &str = "
id: endless
entry_step: think
steps:
  - { id: think, type: llm, model: scripted/slow-600000, prompt: '{{ input }}' }
";
const WORKFLOWS: &str = "/api/v1/external/workflows";

fn world() -> Server {
    Setup::new().tenant("acme").workflow("acme", "endless", ENDLESS).start()
}

/// A caller with a key of its own, and the key's id.
fn caller(server: &Server) -> (Api, String) {
    let made = magone(server.data(), &["--output", "json", "key", "create", "acme", "app"]).json();
    (server.with_key(made["key"].as_str().unwrap()), made["id"].as_str().unwrap().to_owned())
}

fn stream(api: &Api) -> Stream {
    let id = api.start("endless", &json!({"input": "x"}));
    let stream = api.stream(&format!("/api/v1/external/executions/{id}/events"), &[]);
    stream.next_named("step.started");
    stream
}

/// The stream ends, and its last event says why.
fn assert_closed(stream: &Stream, code: &str) {
    let frames = stream.rest();
    let last = frames.last().expect("a last event");
    assert_eq!(last.event.as_deref(), Some("stream.closed"), "{frames:?}");
    assert_eq!((last.document()["code"].as_str(), &last.id), (Some(code), &None), "{frames:?}");
}

#[test]
fn a_revoked_key_ends_what_it_has_open_and_nothing_else() {
    let server = world();
    let ((app, id), other) = (caller(&server), server.api("acme"));
    let (closing, staying) = (stream(&app), stream(&other));
    let waiting = {
        let app = app.clone();
        thread::spawn(move || app.execute("endless", &json!({"input": "x"})))
    };
    until("the call waits", || {
        (other.get("/api/v1/external/executions?status=running").json()["executions"].as_array()?.len() == 3)
            .then_some(())
    });
    // In the same process.
    server.admin(&["keys:write"]).call("DELETE", &format!("/api/v1/keys/{id}")).send().expect(200);
    app.get(WORKFLOWS).problem(401, "key_invalid");
    assert_closed(&closing, "key_invalid");
    let turned_out = waiting.join().unwrap().problem(401, "key_invalid");
    let running = other.get("/api/v1/external/executions?status=running").expect(200).json();
    let running = running["executions"].as_array().unwrap().clone();
    assert_eq!(running.len(), 3, "a reader that goes never ends a run");
    let waited_for = running.iter().filter(|run| run["execution_id"] == turned_out["execution_id"]).count();
    assert_eq!(waited_for, 1, "whoever has another key finds what was waited for: {turned_out}");
    for run in &running {
        other.cancel(run["execution_id"].as_str().unwrap()).expect(202);
    }
    staying.next_named("execution.cancelled");
}

#[test]
fn a_change_from_outside_reaches_streams_too() {
    let server = world();
    let (app, id) = caller(&server);
    let open = stream(&app);
    magone(server.data(), &["key", "revoke", &id]).succeeded();
    assert_closed(&open, "key_invalid");

    let (app, id) = caller(&server);
    let open = stream(&app);
    server.data().execute(&format!("UPDATE api_keys SET revoked_at = 1 WHERE id = '{id}'"));
    assert_closed(&open, "key_invalid");
    app.get(WORKFLOWS).problem(401, "key_invalid");
}

#[test]
fn a_suspended_tenant_is_turned_out_with_all_its_keys() {
    let server = world();
    let open = [stream(&server.api("acme")), stream(&caller(&server).0)];
    magone(server.data(), &["tenant", "suspend", "acme"]).succeeded();
    for stream in &open {
        assert_closed(stream, "tenant_suspended");
    }
    server.api("acme").get(WORKFLOWS).problem(403, "tenant_suspended");
}

#[test]
fn a_key_that_ends_by_itself_does_so_where_it_is_in_use() {
    let server = world();
    let (app, id) = caller(&server);
    let open = stream(&app);
    let rotate = format!("/api/v1/keys/{id}/rotate");
    let made = server.admin(&["keys:write"]).post(&rotate, &json!({"grace_seconds": 2})).expect(201).json();
    let new = server.with_key(made["key"].as_str().unwrap());
    // Both are valid until the old one's time is over.
    new.get(WORKFLOWS).expect(200);
    assert_closed(&open, "key_invalid");
    app.get(WORKFLOWS).problem(401, "key_invalid");
    new.get(WORKFLOWS).expect(200);
}
