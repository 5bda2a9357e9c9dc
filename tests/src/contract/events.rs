//! `GET /executions/{id}/events`: one log, as a stream or in pages.

use serde_json::{Value, json};

use super::shape::assert_members;
use super::world::{acme, world};
use crate::harness::mock::Reply;
use crate::harness::{Api, Frame, Mock, Setup, chain};

fn events_path(id: &str) -> String {
    format!("/api/v1/external/executions/{id}/events")
}

fn page(api: &Api, id: &str, query: &str) -> Value {
    let path = format!("{}?{query}", events_path(id));
    let answer = api.call("GET", &path).header("accept", "application/json").send().expect(200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let page = answer.json();
    assert_members(&page, &["events", "next_after", "terminal"]);
    page
}

/// A run that an agent finished, tool call included.
fn finished(api: &Api) -> (String, Value) {
    let view = api.execute("help", &json!({"input": "Q4"})).expect(200).json();
    (view["execution_id"].as_str().unwrap().to_owned(), view)
}

fn documents(frames: &[Frame]) -> Vec<Value> {
    frames.iter().map(Frame::document).collect()
}

#[test]
fn a_stream_tells_the_whole_log_and_ends_with_the_projection() {
    let server = world();
    let (id, view) = finished(&acme(&server));
    let stream = server.events("acme", &id);
    assert_eq!(stream.status, 200);
    let header = |name: &str| stream.headers[name].to_str().unwrap().to_owned();
    assert!(header("content-type").starts_with("text/event-stream"));
    assert_eq!(header("cache-control"), "no-store");
    let opening = stream.next().unwrap();
    assert_eq!(opening, Frame { retry: Some("2000".to_owned()), ..Frame::default() });
    let frames = stream.rest();
    for (place, frame) in frames.iter().enumerate() {
        let document = frame.document();
        assert_members(&document, &["data", "execution_id", "seq", "time", "type"]);
        assert_eq!(document["seq"], place + 1, "without a gap");
        assert_eq!(frame.id.as_deref(), Some(document["seq"].to_string().as_str()));
        assert_eq!(frame.event.as_deref(), document["type"].as_str());
        assert_eq!(document["execution_id"], id.as_str());
        super::shape::assert_time(&document["time"]);
    }
    let documents = documents(&frames);
    let names: Vec<_> = documents.iter().map(|document| document["type"].as_str().unwrap()).collect();
    assert_eq!(names.first(), Some(&"execution.created"));
    for name in ["execution.started", "step.started", "agent.started", "message.completed", "tool.called"] {
        assert!(names.contains(&name), "{name} is missing in {names:?}");
    }
    for name in ["tool.result", "usage.updated", "agent.completed", "step.completed"] {
        assert!(names.contains(&name), "{name} is missing in {names:?}");
    }
    assert_eq!(names.last(), Some(&"execution.completed"));
    assert_eq!(documents.last().unwrap()["data"], view, "the last event is the projection");
    assert_eq!(acme(&server).log(&id), documents, "pages and streams tell the same");
}

#[test]
fn pages_go_on_where_the_last_one_ended() {
    let server = world();
    let api = acme(&server);
    let (id, _) = finished(&api);
    let all = api.log(&id);
    let (mut found, mut after) = (Vec::new(), json!(0));
    loop {
        let page = page(&api, &id, &format!("after={after}&limit=3"));
        let events = page["events"].as_array().unwrap();
        assert!(events.len() <= 3);
        found.extend(events.iter().cloned());
        assert_eq!(page["terminal"], found.len() == all.len(), "{page}");
        after = page["next_after"].clone();
        if page["terminal"] == true {
            break;
        }
    }
    assert_eq!(found, all);
    assert_eq!(after, all.len());
    let beyond = page(&api, &id, &format!("after={after}"));
    assert_eq!(
        beyond,
        json!({"events": [], "next_after": after, "terminal": true}),
        "nothing is left, and it is said"
    );
}

#[test]
fn a_reader_comes_back_to_where_it_was() {
    let server = world();
    let api = acme(&server);
    let (id, _) = finished(&api);
    let all = api.log(&id);
    let last = all.len().to_string();
    for (query, headers) in
        [("", &[("last-event-id", "4")][..]), ("?after=4", &[]), ("?after=1", &[("last-event-id", "4")])]
    {
        let stream = api.stream(&format!("{}{query}", events_path(&id)), headers);
        assert_eq!(stream.next().unwrap().retry.as_deref(), Some("2000"));
        assert_eq!(documents(&stream.rest()), all[4..], "{query} {headers:?}");
    }
    let call = api.call("GET", &events_path(&id)).header("last-event-id", &last);
    let nothing = call.send().expect(204);
    assert_eq!(nothing.text, "", "204 ends an EventSource's retries");
}

#[test]
fn places_that_are_none() {
    let server = world();
    let api = acme(&server);
    let (id, _) = finished(&api);
    for (query, pointer) in [
        ("after=x", "/after"),
        ("after=-1", "/after"),
        ("limit=x", "/limit"),
        ("limit=0", "/limit"),
        ("limit=1001", "/limit"),
    ] {
        let answer = api.get(&format!("{}?{query}", events_path(&id)));
        answer.problem(422, "validation");
        assert_eq!(answer.pointers(), [pointer], "{query}");
    }
    let answer = api.call("GET", &events_path(&id)).header("last-event-id", "x").send();
    answer.problem(422, "validation");
    api.get(&events_path("exec_nothing")).problem(404, "not_found");
}

#[test]
fn events_arrive_as_they_happen() {
    let mock = Mock::start(|_| Reply::held("done"));
    let setup = Setup::new().models(&mock).tenant("acme");
    let server = setup.workflow("acme", "chain", &chain(2, "openai/mock")).start();
    let api = server.api("acme");
    let id = api.start("chain", &json!({"input": "x"}));
    let stream = server.events("acme", &id);
    let begun = stream.next_named("step.started").document();
    assert_eq!([&begun["data"]["step"], &begun["data"]["kind"]], ["one", "llm"]);
    mock.wait_for(1);
    assert_eq!(api.execution(&id)["status"], "running");
    // A second reader comes in the middle and misses nothing.
    let late = api.stream(&events_path(&id), &[("last-event-id", "1")]);
    mock.release();
    let done = stream.next_named("step.completed").document();
    assert_eq!(done["data"], json!({"step": "one"}), "outputs of steps are not for callers");
    let frames = stream.rest();
    assert_eq!(frames.last().unwrap().event.as_deref(), Some("execution.completed"));
    let late = documents(&late.rest().split_off(1));
    assert_eq!(late, api.log(&id)[1..], "live frames and the log are the same");
}

#[test]
fn a_stream_goes_on_over_a_crash() {
    let mock = Mock::start(|_| Reply::held("done"));
    let setup = Setup::new().models(&mock).tenant("acme");
    let mut server = setup.workflow("acme", "chain", &chain(2, "openai/mock")).start();
    let id = server.api("acme").start("chain", &json!({"input": "x"}));
    let stream = server.events("acme", &id);
    let seen = stream.next_named("step.started").id.unwrap();
    mock.wait_for(1);
    server.restart();
    assert!(stream.rest().is_empty(), "nothing comes from a dead server");
    let stream = server.api("acme").stream(&events_path(&id), &[("last-event-id", &seen)]);
    mock.release();
    let frames = stream.rest().split_off(1);
    let all = server.api("acme").log(&id);
    let place: usize = seen.parse().unwrap();
    for (frame, event) in documents(&frames).iter().zip(&all[place..]) {
        assert_eq!(frame, event, "no gap, no repetition");
    }
    assert_eq!(frames.len(), all.len() - place);
    assert_eq!(all[place]["type"], "step.retrying");
    assert_eq!(all[place]["data"]["reason"], "in_doubt");
}
