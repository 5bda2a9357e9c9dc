//! The first API's two calls, by the real `curl`, with host and key changed and nothing else.

use std::process::Command;

use serde_json::Value;

use super::shape::assert_members;
use crate::harness::{Server, Setup};

fn curl(arguments: &[&str]) -> Value {
    let output = Command::new("curl").args(["--silent", "--show-error"]).args(arguments).output();
    let output = output.expect("curl is installed (Debian: apt-get install curl)");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn call(server: &Server, workflow: &str, body: &str) -> Value {
    let url = format!("{}/api/v1/external/execute/{workflow}", server.url());
    let key = format!("X-API-Key: {}", server.demo_key());
    curl(&["-X", "POST", &url, "-H", &key, "-H", "Content-Type: application/json", "-d", body])
}

#[test]
fn both_calls_answer_as_documented() {
    let server = Setup::new().argument("--demo").start();
    let sync = call(
        &server,
        "kpi-sales",
        r#"{
    "input": "Show me Q4 sales KPIs for Dubai region",
    "context": {
      "region": "dubai",
      "quarter": "Q4",
      "year": 2024
    }
  }"#,
    );
    assert_eq!([&sync["status"], &sync["workflow_slug"]], ["completed", "kpi-sales"]);
    assert!(sync["execution_id"].as_str().unwrap().starts_with("exec_"));
    let result = &sync["result"];
    let kpis = result["kpis"].as_array().unwrap_or_else(|| panic!("no figures: {result}"));
    assert_eq!(kpis.len(), 3);
    for kpi in kpis {
        assert_members(kpi, &["change", "name", "unit", "value"]);
        assert!(kpi["value"].is_number() && kpi["change"].is_string(), "{kpi}");
    }
    assert!(!result["summary"].as_str().unwrap().is_empty());
    assert!(result["chart_data"].is_object(), "{result}");
    let agents = sync["metadata"]["agents_used"].as_array().unwrap();
    let mut agents: Vec<_> = agents.iter().map(|agent| agent.as_str().unwrap()).collect();
    agents.sort_unstable();
    assert_eq!(agents, ["data-analyzer", "formatter", "kpi-calculator"]);
    assert!(sync["metadata"]["duration_ms"].is_u64());

    let asynchronous = call(
        &server,
        "analytics/async",
        r#"{
    "input": "Generate full portfolio analysis report",
    "webhook_url": "https://magure.com/webhooks/workflow-complete"
  }"#,
    );
    assert_members(&asynchronous, &["execution_id", "status", "status_url"]);
    assert_eq!(asynchronous["status"], "running");
    let id = asynchronous["execution_id"].as_str().unwrap();
    assert_eq!(asynchronous["status_url"], format!("/api/v1/external/executions/{id}"));
    let view = server.with_key(&server.demo_key()).ended(id);
    assert_eq!([&view["status"], &view["workflow_slug"]], ["completed", "analytics"]);
}

#[test]
fn the_demo_keeps_its_key_and_its_runs() {
    let mut server = Setup::new().argument("--demo").start();
    let key = server.demo_key();
    let id = server.with_key(&key).start("kpi-ops", &serde_json::json!({"input": "x"}));
    server.with_key(&key).ended(&id);
    server.restart();
    assert_eq!(server.demo_key(), key);
    assert_eq!(server.with_key(&key).execution(&id)["status"], "completed");
    let file = std::fs::read_dir(server.data().path()).unwrap().filter_map(Result::ok);
    let holds =
        |file: &std::fs::DirEntry| std::fs::read_to_string(file.path()).is_ok_and(|text| text.contains(&key));
    let holders: Vec<_> = file.filter(holds).collect();
    assert_eq!(holders.len(), 1, "the key is in one file");
    let mode = std::os::unix::fs::PermissionsExt::mode(&holders[0].metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600, "which nobody else may read");
}
