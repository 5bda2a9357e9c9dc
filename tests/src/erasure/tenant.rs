//! Erasing tenants.

use serde_json::{Value, json};

use crate::harness::{Server, Setup, magone, until};

/// In everything that the tenant has, and nowhere afterwards.
const CANARY: &str = "zebrafinch";
const EXECUTIONS: &str = "/api/v1/external/executions";
const TALK: &str = "
id: talk
entry_step: both
steps:
  - { id: both, type: parallel, branches: [say, ask], next: stop }
  - { id: say, type: llm, model: scripted/echo, prompt: '{{ input }}' }
  - { id: ask, type: approval, prompt: 'Is {{ input }} right?' }
  - { id: stop, type: transform, value: '{{ steps.say.output }}' }
";
const ENDLESS: &str = "
id: endless
entry_step: think
steps:
  - { id: think, type: llm, model: scripted/slow-600000, prompt: '{{ input }}' }
";

fn world() -> Server {
    let setup = Setup::new().tenant(CANARY).tenant("other");
    let setup = setup.workflow(CANARY, "talk", TALK).workflow(CANARY, "endless", ENDLESS);
    let server = setup.workflow("other", "endless", ENDLESS).start();
    let overrides = json!({"config": {"secret": CANARY}}).to_string();
    let assign = ["workflow", "assign", CANARY, "talk", CANARY, "--overrides", &overrides];
    magone(server.data(), &assign).succeeded();
    let origin = format!("cors_origins=[\"https://{CANARY}.example\"]");
    magone(server.data(), &["tenant", "update", CANARY, "--set", &origin]).succeeded();
    magone(server.data(), &["key", "create", CANARY, &format!("{CANARY}'s app")]).succeeded();
    server
}

/// Runs that ended in all ways, and one that goes on: its id.
fn traffic(server: &Server) -> String {
    let api = server.api(CANARY);
    let body = json!({
        "input": CANARY, "context": {"who": CANARY}, "session_id": CANARY,
        "webhook_url": format!("https://{CANARY}.example/hook"),
    });
    let decided = api.start(CANARY, &body);
    until("somebody is asked", || {
        api.log(&decided).iter().any(|event| event["type"] == "approval.required").then_some(())
    });
    let decision = json!({"decision": "approve", "data": {"by": CANARY}, "comment": CANARY});
    api.post(&format!("{EXECUTIONS}/{decided}/approvals/both.ask"), &decision).expect(200);
    api.ended(&decided);
    let cancelled = api.start("endless", &body);
    let path = format!("{EXECUTIONS}/{cancelled}/cancel");
    api.post(&path, &json!({"reason": CANARY})).expect(202);
    api.ended(&cancelled);
    let start = "/api/v1/external/execute/endless/async";
    let call = api.call("POST", start).header("idempotency-key", CANARY).json(&body);
    call.send().expect(202).json()["execution_id"].as_str().unwrap().to_owned()
}

fn tombstones(server: &Server) -> Vec<Value> {
    let entries = server.admin(&["audit:read"]).get("/api/v1/audit").expect(200).json();
    let entries = entries["entries"].as_array().unwrap_or_else(|| panic!("{entries}"));
    entries.iter().filter(|entry| entry["action"] == "tenant.erased").cloned().collect()
}

fn tombstone(server: &Server) -> Value {
    until("the tenant is erased", || tombstones(server).pop())
}

#[test]
fn nothing_of_an_erased_tenant_is_left() {
    let server = world();
    let running = traffic(&server);
    let others = server.api("other").start("endless", &json!({"input": "x"}));
    assert!(server.data().dump().contains(CANARY));
    let admin = server.admin(&["tenants:read", "tenants:write"]);
    let erase = format!("/api/v1/tenants/{CANARY}/erase");
    for wrong in [json!({}), json!({"confirm": "other"})] {
        let refused = admin.post(&erase, &wrong);
        refused.problem(422, "validation");
        assert_eq!(refused.pointers(), ["/confirm"]);
    }
    let stream = server.events(CANARY, &running);
    let id = admin.post(&erase, &json!({"confirm": CANARY})).expect(202).json()["tenant_id"].clone();
    server.api(CANARY).get(EXECUTIONS).problem(401, "key_invalid");
    assert_eq!(stream.rest().last().and_then(|frame| frame.event.clone()).as_deref(), Some("stream.closed"));

    let tombstone = tombstone(&server);
    assert_eq!((&tombstone["object_id"], &tombstone["before"]), (&id, &Value::Null));
    let removed = &tombstone["after"]["removed"];
    assert_eq!((&removed["workflow_executions"], &removed["tenant_workflows"]), (&json!(3), &json!(3)));
    assert_eq!((&removed["api_keys"], removed["execution_events"].as_u64() > Some(3)), (&json!(2), true));
    assert_eq!(tombstones(&server).len(), 1);
    // Whoever asks for it again, or has the last page of the file in a reader, finds nothing either.
    until("nothing is left in the files", || (!server.data().dump().contains(CANARY)).then_some(()));
    admin.get(&format!("/api/v1/tenants/{CANARY}")).problem(404, "not_found");
    admin.post(&erase, &json!({"confirm": CANARY})).problem(404, "not_found");
    assert_eq!(server.api("other").execution(&others)["state"], "running");
    // The name is free again.
    admin.post("/api/v1/tenants", &json!({"name": "New", "slug": CANARY})).expect(201);
}

#[test]
fn an_erasure_goes_on_after_a_crash_and_is_counted_once() {
    const MANY: usize = 300;
    let mut server = world();
    traffic(&server);
    let copies: Vec<_> = (0..MANY).map(|number| format!("('exec_{number:026}')")).collect();
    server.data().execute(&format!(
        "INSERT INTO workflow_executions (id, tenant_id, tenant_workflow_id, status, state, completed_at) \
         SELECT n.id, e.tenant_id, e.tenant_workflow_id, 'failed', 'failed', e.completed_at \
         FROM workflow_executions e CROSS JOIN (SELECT column1 AS id FROM (VALUES {}) v) n \
         WHERE e.state = 'cancelled'",
        copies.join(", ")
    ));
    let admin = server.admin(&["tenants:write"]);
    admin.post(&format!("/api/v1/tenants/{CANARY}/erase"), &json!({"confirm": CANARY})).expect(202);
    // Wherever it is by then.
    server.restart();
    let tombstone = tombstone(&server);
    assert_eq!(tombstone["after"]["removed"]["workflow_executions"], MANY + 3, "{tombstone}");
    until("nothing is left in the files", || (!server.data().dump().contains(CANARY)).then_some(()));
}

#[test]
fn the_command_line_erases_at_once_where_no_run_is_in_flight() {
    let setup = Setup::new().tenant(CANARY).workflow(CANARY, "endless", ENDLESS);
    let refused = magone(setup.data(), &["tenant", "erase", CANARY]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    let erase = ["--output", "json", "tenant", "erase", CANARY, "--yes"];
    let erased = magone(setup.data(), &erase).json();
    assert_eq!((&erased["state"], &erased["removed"]["api_keys"]), (&json!("erased"), &json!(1)));
    assert_eq!(magone(setup.data(), &erase).code, Some(4));
    assert!(!setup.data().dump().contains(CANARY));

    let server = world();
    let running = traffic(&server);
    let erased = magone(server.data(), &erase).json();
    assert_eq!(erased["state"], "erasing", "{running} is in flight");
    tombstone(&server);
}

/// Whatever hangs on a tenant's rows goes with them: a table that points at one and would keep its rows is
/// found here.
#[test]
fn every_table_that_has_something_of_a_tenant_is_known() {
    let setup = Setup::new().tenant(CANARY);
    if setup.data().postgres().is_some() {
        // The schema is the same; SQLite's is easier to ask.
        return;
    }
    let owned = setup.data().texts(
        "SELECT m.name FROM sqlite_master m WHERE m.type = 'table' AND \
         EXISTS (SELECT 1 FROM pragma_table_info(m.name) c WHERE c.name = 'tenant_id')",
    );
    let hanging = setup.data().texts(
        "SELECT m.name || ' ' || f.\"table\" || ' ' || f.on_delete FROM sqlite_master m \
         JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'",
    );
    for line in hanging {
        let [table, target, on_delete] = line.splitn(3, ' ').collect::<Vec<_>>().try_into().unwrap();
        let is_owned = |name: &str| name == "tenants" || owned.iter().any(|owned| owned == name);
        if is_owned(target) && !is_owned(table) {
            assert_eq!(on_delete, "CASCADE", "{table} keeps what a tenant had in {target}");
        }
    }
    assert!(owned.len() >= 5, "{owned:?}");
}
