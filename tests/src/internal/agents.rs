//! Agents: saved as versions, compared, deleted.

use serde_json::{Value, json};

use crate::harness::Setup;

const AGENTS: &str = "/api/v1/agents";

fn agent(instructions: &str) -> Value {
    json!({"id": "helper", "model": "scripted/echo", "instructions": instructions})
}

#[test]
fn an_agent_lives_from_its_first_version_to_its_deletion() {
    let server = Setup::new().tenant("acme").start();
    let admin = server.admin(&["agents:read", "agents:write", "workflows:write"]);
    assert_eq!(admin.post(AGENTS, &agent("one")).expect(201).header("etag"), Some("\"1\""));
    let path = format!("{AGENTS}/helper");
    let save = |base: &str| admin.call("PUT", &path).header("if-match", base).json(&agent("two")).send();
    assert_eq!(save("\"1\"").expect(200).json()["version"], 2);
    save("\"1\"").problem(409, "conflict");
    assert_eq!(admin.get(&path).expect(200).json()["instructions"], "two");
    assert_eq!(admin.get(&format!("{path}/versions/1")).expect(200).json()["instructions"], "one");
    assert_eq!(admin.get(&format!("{path}/versions")).expect(200).json()["total"], 2);
    let diff = admin.get(&format!("{path}/diff?from=2&to=1")).expect(200).json();
    assert_eq!(diff["changes"], json!([{"pointer": "/instructions", "before": "two", "after": "one"}]));
    assert_eq!(admin.get(AGENTS).expect(200).json()["agents"][0]["id"], "helper");
    let wrong = admin.post(AGENTS, &json!({"id": "No", "model": "nobody", "tools": ["builtin.none"]}));
    wrong.problem(422, "validation");
    assert_eq!(wrong.pointers(), ["/id", "/model", "/tools/0"]);

    let definition = json!({"id": "help", "entry_step": "ask", "steps": [{"id": "ask", "type": "agent", "agent": "helper"}]});
    admin.post("/api/v1/workflows", &definition).expect(201);
    let refused = admin.call("DELETE", &path).send().problem(409, "conflict");
    assert_eq!(refused["detail"], "'helper' is in use: workflow definition 'help' names it");
    admin.call("DELETE", "/api/v1/workflows/help").send().expect(204);
    admin.call("DELETE", &path).send().expect(204);
    admin.get(&path).problem(404, "not_found");
    admin.post("/api/v1/workflows", &definition).problem(422, "validation");
}
