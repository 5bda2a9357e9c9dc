//! Whether the process is there, and whether requests are to be sent to it.

use serde_json::json;

use super::world::world;
use crate::harness::raw;

#[test]
fn everybody_may_ask() {
    let server = world();
    let health = server.anonymous().get("/health").expect(200).json();
    assert_eq!(health["status"], "healthy");
    assert!(health["service"].is_string() && health["version"].is_string(), "{health}");
    assert_eq!(server.anonymous().get("/livez").expect(200).json(), json!({"status": "alive"}));
    let ready = server.anonymous().get("/readyz").expect(200).json();
    assert_eq!(ready, json!({"status": "ready", "checks": {"database": "ok", "recovery": "ok"}}));
}

#[test]
fn a_head_request_has_no_body_and_spoils_no_connection() {
    let server = world();
    let mut socket = raw::connect(server.url());
    raw::send(&mut socket, raw::request("HEAD", "/health", &[], "").as_bytes());
    let head = raw::read_head(&mut socket);
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    raw::send(&mut socket, raw::request("GET", "/livez", &[("Connection", "close")], "").as_bytes());
    let answer = raw::read_to_end(&mut socket);
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with(r#"{"status":"alive"}"#), "{answer}");
}
