//! `/metrics`: figures for who asks directly, and nothing secret or unbounded in them.

use serde_json::json;

use crate::harness::{Api, Setup, chain};

#[test]
fn figures_move_and_name_nobody() {
    let setup = Setup::new().tenant("acme").workflow("acme", "chain", &chain(1, "scripted/echo"));
    let server = setup.start();
    let api = server.api("acme");
    let id =
        api.execute("chain", &json!({"input": "canary-input"})).expect(200).json()["execution_id"].clone();
    api.get("/api/v1/external/executions/exec_nothing").problem(404, "not_found");
    api.get("/no/such/path/canary-path").problem(404, "not_found");
    let text = server.anonymous().get("/metrics").expect(200).text;
    for line in [
        "magone_requests_total{method=\"POST\",route=\"/api/v1/external/execute/{slug}\",status=\"2xx\"} 1",
        "magone_requests_total{method=\"GET\",route=\"/api/v1/external/executions/{id}\",status=\"4xx\"} 1",
        "magone_requests_total{method=\"GET\",route=\"unknown\",status=\"4xx\"} 1",
        "magone_executions_ended_total{state=\"completed\"} 1",
        "magone_executions_in_flight{state=\"queued\"} 0",
        "magone_actors{kind=\"tenant\"} 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
    for name in [
        "magone_engine_lag_seconds_count",
        "magone_writer_transactions_total",
        "magone_writer_units_total",
        "magone_requests_in_work",
    ] {
        assert!(text.contains(name), "{name} is not in\n{text}");
    }
    let key = &server.tenant("acme").key;
    for private in ["acme", "ten_", "canary", id.as_str().unwrap(), &key[key.len() - 12..]] {
        assert!(!text.contains(private), "{private} is in\n{text}");
    }
}

#[test]
fn they_are_not_for_who_comes_through_a_proxy() {
    let server = Setup::new().start();
    for name in ["x-forwarded-for", "forwarded", "x-real-ip", "via"] {
        let asked = server.anonymous().call("GET", "/metrics").header(name, "10.0.0.1").send();
        asked.problem(404, "not_found");
    }
}

#[test]
fn a_listener_of_their_own_takes_them_off_the_apis() {
    let server = Setup::new().env("MAGONE_METRICS_LISTEN", "127.0.0.1:0").start();
    server.anonymous().get("/metrics").problem(404, "not_found");
    let log = server.log();
    let url = log
        .split("Metrics")
        .nth(1)
        .and_then(|rest| rest.split_whitespace().find(|word| word.starts_with("http://")));
    let api =
        Api::new(url.unwrap_or_else(|| panic!("no address in {log}")).trim_end_matches("/metrics"), None);
    let forwarded = api.call("GET", "/metrics").header("x-forwarded-for", "10.0.0.1").send();
    assert!(forwarded.expect(200).text.contains("magone_requests_in_work"));
    // Nothing else is there, so the contract says nothing about it.
    api.get("/somewhere").expect(404);
}
