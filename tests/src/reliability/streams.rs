//! R1: many readers of one run, some of whom never read, some of whom come back. Nobody misses an event,
//! nobody gets one twice, and nobody holds up anybody else.

use std::net::TcpStream;

use serde_json::{Value, json};

use crate::harness::mock::Reply;
use crate::harness::{Frame, Mock, Server, Setup, Stream, chain, raw};

/// Readers of one run, unless `MAGONE_TEST_READERS` asks for more. Each takes an open file here and one in
/// the server.
fn readers() -> usize {
    std::env::var("MAGONE_TEST_READERS").map_or(1_000, |readers| readers.parse().unwrap())
}

fn world(mock: &Mock, steps: usize) -> Server {
    let setup = Setup::new().models(mock).tenant("acme");
    setup.workflow("acme", "chain", &chain(steps, "openai/mock")).start()
}

fn documents(frames: &[Frame]) -> Vec<Value> {
    frames.iter().filter(|frame| frame.id.is_some()).map(Frame::document).collect()
}

/// What a reader sees until its stream ends, and the last id.
fn read(stream: &Stream) -> (Vec<Value>, Option<String>) {
    let frames = stream.rest();
    let last = frames.iter().rev().find_map(|frame| frame.id.clone());
    (documents(&frames), last)
}

#[test]
fn a_thousand_readers_see_the_whole_log_over_a_restart() {
    let mock = Mock::start(|_| Reply::held("said"));
    let mut server = world(&mock, 3);
    let api = server.api("acme");
    let id = api.start("chain", &json!({"input": "x"}));
    mock.wait_for(1);
    let path = format!("/api/v1/external/executions/{id}/events");
    let streams: Vec<_> = (0..readers()).map(|_| api.stream(&path, &[])).collect();
    // Every third one comes back to another place than it left: further ahead nobody can be.
    let before = api.log(&id);
    server.restart();
    let seen: Vec<_> = streams.iter().map(read).collect();
    drop(streams);
    let api = server.api("acme");
    let streams: Vec<_> = seen
        .iter()
        .map(|(_, last)| {
            let last = last.as_deref().unwrap_or("0");
            api.stream(&path, &[("last-event-id", last)])
        })
        .collect();
    mock.release();
    let end = api.ended(&id);
    assert_eq!(end["status"], "completed");
    let log = api.log(&id);
    assert_eq!(log[..before.len()], before);
    for ((mut seen, _), stream) in seen.into_iter().zip(&streams) {
        seen.extend(read(stream).0);
        assert_eq!(seen, log, "no gap, no repetition");
    }
}

#[test]
fn readers_who_never_read_hold_up_nobody() {
    let text = "x".repeat(400_000);
    let said = text.clone();
    let mock = Mock::start(move |_| Reply::held(&said));
    let server = world(&mock, 5);
    let api = server.api("acme");
    let id = api.start("chain", &json!({"input": "x"}));
    mock.wait_for(1);
    let path = format!("/api/v1/external/executions/{id}/events");
    let stalled: Vec<TcpStream> = (0..50)
        .map(|_| {
            let mut socket = raw::connect(server.url());
            let headers =
                [("X-API-Key", server.tenant("acme").key.as_str()), ("Accept", "text/event-stream")];
            raw::send(&mut socket, raw::request("GET", &path, &headers, "").as_bytes());
            // It is being served, and nothing but its head is read.
            assert!(raw::read_head(&mut socket).starts_with("HTTP/1.1 200 "));
            socket
        })
        .collect();
    let streams: Vec<_> = (0..20).map(|_| api.stream(&path, &[])).collect();
    mock.release();
    let end = api.ended(&id);
    assert_eq!(end["status"], "completed");
    let log = api.log(&id);
    for stream in &streams {
        assert_eq!(read(stream).0, log);
    }
    assert_eq!(api.execution(&id), end, "the server answers");
    // Whoever reads at last gets everything: it lagged, and the log has it.
    let mut socket = stalled.into_iter().next().unwrap();
    let told = raw::read_to_end(&mut socket);
    for event in &log {
        assert!(told.contains(&format!("\nid: {}\n", event["seq"])), "event {} is missing", event["seq"]);
    }
}
