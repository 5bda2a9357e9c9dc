//! The definitions in `examples/`, as people would use them: applied by the command line, assigned,
//! and run over the API with a test key.

use std::fs;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use magone_core::time::Timestamp;
use serde_json::{Value, json};

use crate::harness::{Api, Server, Setup, magone, until};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples")
}

/// A server with every example, and a caller with a test key.
fn world() -> (Server, Api) {
    let mut setup = Setup::new().tenant("acme");
    for id in names() {
        let text = fs::read_to_string(folder().join(format!("{id}.yaml"))).unwrap();
        setup = setup.workflow("acme", &id, &text);
    }
    let create = ["--output", "json", "key", "create", "acme", "examples", "--test"];
    let key = magone(setup.data(), &create).json()["key"].as_str().unwrap().to_owned();
    let server = setup.start();
    let api = server.with_key(&key);
    (server, api)
}

fn names() -> Vec<String> {
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let yaml = files.filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    let mut names: Vec<_> = yaml.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

fn in_thirty_days() -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    Timestamp::from_millis(i64::try_from(now).unwrap()).plus_millis(30 * 86_400_000)
}

/// The data of a run that completes by itself.
fn data(api: &Api, id: &str, input: &Value) -> Value {
    let view = api.execute(id, &json!({"input": input})).expect(200).json();
    assert_eq!(view["status"], "completed", "{view}");
    view["result"]["data"].clone()
}

/// Starts a run that asks something, and answers; the data of its end.
fn decided(api: &Api, id: &str, input: &Value, approval: &str, decision: &Value) -> Value {
    let run = api.start(id, &json!({"input": input}));
    until("somebody is asked", || (api.execution(&run)["state"] == "waiting_approval").then_some(()));
    let path = format!("/api/v1/external/executions/{run}/approvals/{approval}");
    api.post(&path, decision).expect(200);
    let view = api.ended(&run);
    assert_eq!(view["status"], "completed", "{view}");
    view["result"]["data"].clone()
}

#[test]
fn every_example_is_run_here() {
    let run = [
        "document-review",
        "draft-and-improve",
        "invoice-reminder",
        "kpi-report",
        "regional-report",
        "triage",
    ];
    assert_eq!(names(), run);
}

#[test]
fn a_report_looks_from_several_sides() {
    let (_server, api) = world();
    let figures = json!([
        {"name": "sales", "value": 150, "before": 100},
        {"name": "new", "value": 7, "before": 0},
    ]);
    let report = data(&api, "kpi-report", &figures);
    assert_eq!(report["kpis"][0], json!({"name": "sales", "value": 150, "percent": 50.0}));
    assert_eq!(report["kpis"][1]["percent"], Value::Null);
    assert!(report["outliers"].is_array() && report["summary"].is_string(), "{report}");
    let refused = api.execute("kpi-report", &json!({"input": []})).problem(422, "validation");
    assert_eq!(refused["errors"][0]["pointer"], "/input");
}

#[test]
fn a_refund_is_a_persons_decision() {
    let (_server, api) = world();
    let wish = json!("I want my money back");
    let yes = json!({"decision": "approve", "data": {"amount": 12}});
    assert_eq!(decided(&api, "triage", &wish, "refund", &yes)["kind"], "refund");
    let no = json!({"decision": "reject", "comment": "It was used"});
    assert_eq!(decided(&api, "triage", &wish, "refund", &no)["kind"], "no_refund");
}

#[test]
fn each_document_is_read() {
    let (_server, api) = world();
    let documents: Vec<_> =
        (0..9).map(|n| json!({"title": format!("T{n}"), "text": "A price of 9"})).collect();
    let review = data(&api, "document-review", &json!(documents));
    let titles: Vec<_> = review["documents"].as_array().unwrap().iter().map(|d| d["title"].clone()).collect();
    assert_eq!(titles, (0..9).map(|n| json!(format!("T{n}"))).collect::<Vec<_>>());
    assert!(review["documents"].as_array().unwrap().iter().all(|document| document["read"] == true));
}

#[test]
fn an_invoice_is_followed_to_its_end() {
    let (_server, api) = world();
    let invoice = json!({"invoice": "R-7", "customer": "Acme", "due": "2024-01-31T00:00:00Z"});
    let paid = decided(&api, "invoice-reminder", &invoice, "ask", &json!({"decision": "approve"}));
    assert_eq!(paid, json!({"paid": true}));
    let open = decided(&api, "invoice-reminder", &invoice, "ask", &json!({"decision": "reject"}));
    assert_eq!(open["paid"], false);
    assert!(open["letter"].is_string(), "{open}");
    let due = in_thirty_days().to_string();
    let later = json!({"invoice": "R-8", "customer": "Acme", "due": due});
    let run = api.start("invoice-reminder", &json!({"input": later}));
    assert_eq!(api.execution(&run)["state"], "waiting_timer");
}

#[test]
fn a_draft_is_improved_in_rounds() {
    let (_server, api) = world();
    let text = data(&api, "draft-and-improve", &json!("Announce our new office"));
    assert!(text["text"].is_string() && text["score"].is_number(), "{text}");
}

#[test]
fn each_region_has_a_report_of_its_own() {
    let (_server, api) = world();
    let figures = json!([{"name": "sales", "value": 150, "before": 100}]);
    let regions = json!([
        {"region": "north", "figures": figures},
        {"region": "south", "figures": [{"name": "sales"}]},
    ]);
    let view = api.execute("regional-report", &json!({"input": regions})).expect(200).json();
    let data = &view["result"]["data"];
    assert_eq!(data["regions"][0]["report"]["kpis"][0]["percent"], 50.0, "{view}");
    assert_eq!(data["regions"][1], json!({"region": "south", "report": null}), "its figures are unusable");
    assert!(data["comparison"].is_string());
    let log = api.log(view["execution_id"].as_str().unwrap());
    let started: Vec<_> = log.iter().filter(|event| event["type"] == "child.started").collect();
    assert_eq!(started.len(), 2);
    let child = api.execution(started[0]["data"]["execution_id"].as_str().unwrap());
    assert_eq!(child["status"], "completed");
}
