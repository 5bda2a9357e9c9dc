//! The names of requests: an id and a trace, in and out.

use crate::harness::{Answer, Setup};

const GIVEN: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

#[test]
fn a_trace_goes_on_and_a_malformed_one_is_replaced() {
    let server = Setup::new().tenant("acme").start();
    let api = server.anonymous();
    let ask = |value: &str| api.call("GET", "/health").header("traceparent", value).send().expect(200);
    let trace = |answer: &Answer| {
        let parts: Vec<_> = answer.header("traceparent").unwrap().split('-').map(str::to_owned).collect();
        assert_eq!([parts[0].len(), parts[1].len(), parts[2].len(), parts[3].len()], [2, 32, 16, 2]);
        parts
    };
    let ours = trace(&ask(GIVEN));
    assert_eq!((ours[1].as_str(), ours[3].as_str()), (TRACE, "01"));
    assert_ne!(ours[2], "b7ad6b7169203331");
    for malformed in ["00", "nonsense", &GIVEN.to_uppercase(), &GIVEN.replace(TRACE, &"0".repeat(32))] {
        assert_ne!(trace(&ask(malformed))[1], TRACE, "{malformed}");
    }
    assert_ne!(trace(&api.get("/health"))[1], trace(&api.get("/health"))[1]);
}

#[test]
fn a_request_is_one_line_of_the_log_without_what_is_secret() {
    let mut server = Setup::new().tenant("acme").start();
    let key = server.tenant("acme").key.clone();
    let path = "/api/v1/external/executions?session_id=private-session";
    let call =
        server.api("acme").call("GET", path).header("traceparent", GIVEN).header("x-request-id", "mine");
    call.send().expect(200);
    server.api("acme").get("/api/v1/external/executions/exec_unheard-of").problem(404, "not_found");
    server.kill9();
    let log = server.finished_log();
    let lines: Vec<serde_json::Value> =
        log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let line = lines.iter().find(|line| line["request.id"] == "mine").unwrap();
    assert_eq!(line["http.route"], "/api/v1/external/executions");
    assert_eq!((line["http.method"].as_str(), line["http.status"].as_u64()), (Some("GET"), Some(200)));
    assert_eq!(line["trace.id"], TRACE);
    assert!(line["tenant.id"].as_str().unwrap().starts_with("ten_"), "{line}");
    assert!(line["key.id"].as_str().unwrap().starts_with("key_"), "{line}");
    assert!(line["duration_ms"].is_u64(), "{line}");
    let secret = &key[key.rfind('_').unwrap() + 1..][..12];
    for private in [secret, "private-session", "exec_unheard-of"] {
        assert!(!log.contains(private), "{private} is in the log");
    }
}
