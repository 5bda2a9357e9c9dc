//! Requests that are refused before anybody asks what they mean.

use std::io::Write;
use std::net::Shutdown;

use serde_json::json;

use super::world::{acme, world};
use crate::harness::raw;

const EXECUTE: &str = "/api/v1/external/execute/quick";
const MEBIBYTE: usize = 1 << 20;

/// A body of exactly so many bytes.
fn body_of(bytes: usize) -> String {
    let frame = json!({"input": ""}).to_string().len();
    json!({"input": "x".repeat(bytes - frame)}).to_string()
}

/// A body whose innermost value is so many levels deep.
fn body_deep(levels: usize) -> String {
    let inner = levels - 1;
    format!(r#"{{"input": {}{}}}"#, "[".repeat(inner), "]".repeat(inner))
}

#[test]
fn a_body_has_at_most_a_mebibyte() {
    let server = world();
    let post = |body: String| acme(&server).call("POST", EXECUTE).body("application/json", body).send();
    post(body_of(MEBIBYTE)).expect(200);
    post(body_of(MEBIBYTE + 1)).problem(413, "too_large");
}

#[test]
fn a_body_that_does_not_say_its_size_is_measured() {
    let server = world();
    let key = server.tenant("acme").key.clone();
    let headers = [
        ("X-API-Key", key.as_str()),
        ("Content-Type", "application/json"),
        ("Transfer-Encoding", "chunked"),
        ("Connection", "close"),
    ];
    let mut socket = raw::connect(server.url());
    raw::send(&mut socket, raw::request("POST", EXECUTE, &headers, "").as_bytes());
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    // The server may refuse before it has read everything.
    while socket.write_all(chunk.as_bytes()).is_ok() {
        if raw::has_answer(&socket) {
            break;
        }
    }
    socket.shutdown(Shutdown::Write).unwrap();
    let answer = raw::read_to_end(&mut socket);
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("too_large"), "{answer}");
}

#[test]
fn json_nests_at_most_64_levels() {
    let server = world();
    let post = |body: String| acme(&server).call("POST", EXECUTE).body("application/json", body).send();
    post(body_deep(64)).problem(422, "validation");
    post(body_deep(65)).problem(400, "malformed_request");
    post(body_deep(100_000)).problem(400, "malformed_request");
}

#[test]
fn a_body_that_is_no_json_is_malformed() {
    let server = world();
    for body in [&b"{"[..], b"{\"input\": }", b"input=x", b"{\"input\": \"\xff\"}", b"{} {}", b"\0"] {
        let answer = acme(&server).call("POST", EXECUTE).body("application/json", body).send();
        answer.problem(400, "malformed_request");
    }
}

#[test]
fn a_body_says_that_it_is_json() {
    let server = world();
    let body = json!({"input": "x"}).to_string();
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "json", ""] {
        let answer = acme(&server).call("POST", EXECUTE).body(media_type, body.clone()).send();
        answer.problem(415, "unsupported_media_type");
    }
    acme(&server).call("POST", EXECUTE).untyped(&body).send().problem(415, "unsupported_media_type");
    for media_type in ["application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.api+json"] {
        acme(&server).call("POST", EXECUTE).body(media_type, body.clone()).send().expect(200);
    }
}

#[test]
fn a_method_that_a_path_does_not_have_is_refused_with_those_it_has() {
    let server = world();
    let allowed = |method: &str, path: &str| {
        let answer = acme(&server).call(method, path).send();
        answer.problem(405, "method_not_allowed");
        let allow =
            answer.header("allow").unwrap_or_else(|| panic!("405 without Allow at {path}")).to_owned();
        let mut allow: Vec<_> = allow.split(',').map(|method| method.trim().to_owned()).collect();
        allow.sort();
        allow
    };
    assert_eq!(allowed("GET", EXECUTE), ["POST"]);
    assert_eq!(allowed("DELETE", "/api/v1/external/workflows"), ["GET", "HEAD"]);
    assert_eq!(allowed("PUT", "/health"), ["GET", "HEAD"]);
    assert_eq!(allowed("OPTIONS", EXECUTE), ["POST"]);
}

#[test]
fn paths_that_lead_nowhere() {
    let server = world();
    for path in
        ["/", "/api/v1/external", "/api/v1/external/nothing", "/api/v1/external/execute", "/health/", "/%ff"]
    {
        acme(&server).get(path).problem(404, "not_found");
    }
}

#[test]
fn a_request_keeps_its_id() {
    let server = world();
    let call = |id: &str| acme(&server).call("GET", "/health").header("x-request-id", id).send();
    assert_eq!(call("req-7").header("x-request-id"), Some("req-7"));
    let answer = acme(&server).call("GET", "/nothing").header("x-request-id", "req-8").send();
    assert_eq!(answer.problem(404, "not_found")["request_id"], "req-8");
    let minted: Vec<_> = ["", "with space", &"x".repeat(129), "bös"]
        .iter()
        .map(|id| call(id).header("x-request-id").unwrap().to_owned())
        .collect();
    assert!(minted.iter().all(|id| id.starts_with("req_") && id.len() == 36), "{minted:?}");
    let twice = [call(""), call("")].map(|answer| answer.header("x-request-id").unwrap().to_owned());
    assert_ne!(twice[0], twice[1]);
}

#[test]
fn what_is_no_http_is_refused_and_breaks_nothing() {
    let server = world();
    for bytes in
        [&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..], b"GET / HTTP/9.9\r\n\r\n", b"nonsense\r\n\r\n"]
    {
        let mut socket = raw::connect(server.url());
        raw::send(&mut socket, bytes);
        let answer = raw::read_to_end(&mut socket);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{answer}");
    }
    let mut socket = raw::connect(server.url());
    let long = "x".repeat(300 * 1024);
    let _ = socket.write_all(raw::request("GET", "/health", &[("X-Long", &long)], "").as_bytes());
    let answer = raw::read_to_end(&mut socket);
    assert!(
        ["HTTP/1.1 400 ", "HTTP/1.1 413 ", "HTTP/1.1 431 ", ""].iter().any(|start| answer.starts_with(start))
    );
    server.anonymous().get("/livez").expect(200);
}
