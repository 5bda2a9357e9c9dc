//! `POST /execute/{slug}/async`: answered as soon as the run is on disk.

use serde_json::json;

use super::shape::{PROJECTION, assert_members};
use super::world::{acme, world};

#[test]
fn the_answer_is_where_the_run_is() {
    let server = world();
    let body = json!({"input": "x", "webhook_url": "https://receiver.invalid/hook", "session_id": "s-2"});
    let answer = acme(&server).post("/api/v1/external/execute/quick/async", &body).expect(202);
    let accepted = answer.json();
    assert_members(&accepted, &["execution_id", "status", "status_url"]);
    let id = accepted["execution_id"].as_str().unwrap();
    assert_eq!(accepted["status"], "running");
    assert_eq!(accepted["status_url"], format!("/api/v1/external/executions/{id}"));
    assert_eq!(answer.header("location"), accepted["status_url"].as_str());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(answer.header("retry-after").unwrap().parse::<u32>().unwrap() >= 1);
    let view = acme(&server).ended(id);
    assert_members(&view, &PROJECTION);
    assert_eq!([&view["status"], &view["session_id"]], ["completed", "s-2"], "a webhook changes no run");
}

#[test]
fn a_run_in_flight_shows_how_far_it_is() {
    let server = world();
    let id = acme(&server).start("endless", &json!({"input": "x"}));
    let view = acme(&server).execution(&id);
    assert_members(&view, &PROJECTION);
    assert_eq!([&view["status"], &view["state"]], ["running", "running"]);
    assert_eq!(view["progress"], json!({"steps_done": 0, "steps_total": 1, "current": ["think"]}));
    super::shape::assert_time(&view["started_at"]);
    assert!(view["completed_at"].is_null() && view["metadata"]["duration_ms"].is_null(), "{view}");
    acme(&server).cancel(&id).expect(202);
}
