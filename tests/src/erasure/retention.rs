//! What was kept long enough is removed; what goes on is not.

use serde_json::{Value, json};

use crate::harness::{Server, Setup, chain, magone, until};

const ENDLESS: &str = "
id: endless
entry_step: think
steps:
  - { id: think, type: llm, model: scripted/slow-600000, prompt: '{{ input }}' }
";
/// Ids begin with their time: these were made when time began.
const OLD: &str = "exec_00000000000000000000000001";
const OLD_UNFINISHED: &str = "exec_00000000000000000000000002";

/// A tenant with runs that are new and runs that are old, one of each goes on; the new ones' ids.
fn world() -> (Server, [String; 2]) {
    let setup = Setup::new().tenant("acme").workflow("acme", "chain", &chain(2, "scripted/echo"));
    let mut server = setup.workflow("acme", "endless", ENDLESS).start();
    let api = server.api("acme");
    let body = json!({"input": "x"});
    let ids = [api.start("chain", &body), api.start("endless", &body)];
    api.ended(&ids[0]);
    until("it thinks", || (api.execution(&ids[1])["state"] == "running").then_some(()));
    server.kill9();
    let columns = "tenant_id, tenant_workflow_id, status, state, workflow_slug, input, result, metadata, \
         progress, pins, interpreter_version, workflow_version, created_at, started_at, completed_at";
    for (old, new) in [(OLD, &ids[0]), (OLD_UNFINISHED, &ids[1])] {
        server.data().execute(&format!(
            "INSERT INTO workflow_executions (id, {columns}) \
             SELECT '{old}', {columns} FROM workflow_executions WHERE id = '{new}'"
        ));
        server.data().execute(&format!(
            "INSERT INTO execution_events (execution_id, first_seq, last_seq, events) \
             SELECT '{old}', first_seq, last_seq, events FROM execution_events WHERE execution_id = '{new}'"
        ));
    }
    let ended =
        format!("UPDATE workflow_executions SET completed_at = '2020-01-01T00:00:00Z' WHERE id = '{OLD}'");
    server.data().execute(&ended);
    (server, ids)
}

fn keep(server: &mut Server, setting: &Value) {
    let setting = format!("retention_days={setting}");
    magone(server.data(), &["tenant", "update", "acme", "--set", &setting]).succeeded();
    server.restart();
}

fn rows(server: &Server, table: &str, column: &str, id: &str) -> usize {
    server.data().texts(&format!("SELECT {column} FROM {table} WHERE {column} = '{id}'")).len()
}

#[test]
fn runs_are_kept_as_long_as_the_tenant_says_and_then_gone() {
    let (mut server, [ended, endless]) = world();
    keep(&mut server, &json!(30));
    let api = server.api("acme");
    let path = format!("/api/v1/external/executions/{OLD}");
    until("the old run is removed", || (api.get(&path).status == 404).then_some(()));
    api.get(&path).problem(404, "not_found");
    assert_eq!(rows(&server, "execution_events", "execution_id", OLD), 0);
    assert_eq!(api.execution(&ended)["status"], "completed");
    assert_eq!(api.log(&ended).last().unwrap()["type"], "execution.completed");
    for running in [endless.as_str(), OLD_UNFINISHED] {
        assert_eq!(api.execution(running)["state"], "running");
        assert!(rows(&server, "execution_events", "execution_id", running) > 0);
    }
}

#[test]
fn logs_can_go_before_the_runs_that_they_are_of() {
    let (mut server, [ended, _]) = world();
    keep(&mut server, &json!({"events": 30, "deliveries": 7}));
    until("the old log is removed", || {
        (rows(&server, "execution_events", "execution_id", OLD) == 0).then_some(())
    });
    let api = server.api("acme");
    assert_eq!(api.execution(OLD)["status"], "completed");
    assert_eq!(api.log(OLD), Vec::<Value>::new());
    let stream = api.stream(&format!("/api/v1/external/executions/{OLD}/events"), &[]);
    assert_eq!(stream.status, 204, "there is nothing to come");
    assert!(api.log(&ended).len() > 2);
}

#[test]
fn what_is_no_time_is_refused_with_its_place() {
    let server = Setup::new().tenant("acme").start();
    let admin = server.admin(&["tenants:write"]);
    for (setting, pointers) in [
        (json!(0), vec!["/settings/retention_days"]),
        (json!("30"), vec!["/settings/retention_days"]),
        (
            json!({"events": 0, "all": 3}),
            vec!["/settings/retention_days/all", "/settings/retention_days/events"],
        ),
    ] {
        let body = json!({"settings": {"retention_days": setting}});
        let wrong = admin.call("PATCH", "/api/v1/tenants/acme").json(&body).send();
        wrong.problem(422, "validation");
        assert_eq!(wrong.pointers(), pointers);
    }
}
