//! What plain SQL puts into the first schema's tables works as if the command line had, beside a
//! running server.

use serde_json::json;

use crate::harness::{Api, Data, Postgres, Server, Setup, chain, until};

/// Of the older form: no checksum.
const KEY: &str = "magure_live_00112233445566778899aabbccddeeff0011223344556677";
const WORKFLOWS: &str = "/api/v1/external/workflows";

/// A server whose definitions are there, and whose tenants come by SQL.
fn world() -> Server {
    let setup = Setup::on(&Postgres::shared()).tenant("other");
    setup.workflow("other", "chain", &chain(2, "scripted/echo")).start()
}

/// With nothing but what the first schema's script names.
fn insert_tenant(data: &Data) {
    data.execute(&format!(
        "INSERT INTO tenants (id, name, slug, api_key_hash, api_key_prefix, is_active) VALUES \
         ('6f1c2a9e-8a53-4c1c-9d3c-0c6a1d1f7b11', 'Magure Real Estate', 'magure', \
          encode(sha256('{KEY}'::bytea), 'hex'), 'magure_live_{}...', true)",
        &KEY[..20]
    ));
}

/// The same for an assignment.
fn insert_assignment(data: &Data, slug: &str) {
    data.execute(&format!(
        "INSERT INTO tenant_workflows (id, tenant_id, workflow_definition_id, slug, name, is_active) \
         SELECT gen_random_uuid(), t.id, 'chain', '{slug}', 'KPI Sales', true FROM tenants t WHERE t.slug = 'magure'"
    ));
}

fn slugs(api: &Api) -> Vec<String> {
    let list = api.get(WORKFLOWS).expect(200).json();
    let slug = |workflow: &serde_json::Value| workflow["slug"].as_str().unwrap().to_owned();
    list["workflows"].as_array().unwrap().iter().map(slug).collect()
}

#[test]
fn a_tenant_and_an_assignment_run_a_workflow() {
    let server = world();
    insert_tenant(server.data());
    insert_assignment(server.data(), "kpi-sales");
    let api = server.with_key(KEY);
    let view = api.execute("kpi-sales", &json!({"input": "Show me Q4"})).expect(200).json();
    assert_eq!([&view["status"], &view["result"]["content"]], ["completed", "Show me Q4"]);
    assert_eq!(api.execution(view["execution_id"].as_str().unwrap()), view);
    let stored = server.data().texts(
        "SELECT concat_ws(' ', t.slug, e.status, e.input->>'user_input', e.completed_at >= e.created_at) \
         FROM workflow_executions e JOIN tenants t ON t.id = e.tenant_id",
    );
    assert_eq!(stored, ["magure completed Show me Q4 t"]);
}

#[test]
fn a_key_of_a_script_becomes_one_like_any_other_at_its_first_use() {
    let server = world();
    insert_tenant(server.data());
    let copied = || {
        server.data().texts(
            "SELECT k.key_prefix FROM api_keys k JOIN tenants t ON t.id = k.tenant_id \
             WHERE t.slug = 'magure' AND k.key_hash = t.api_key_hash",
        )
    };
    assert_eq!(copied(), Vec::<String>::new());
    let api = server.with_key(KEY);
    api.get(WORKFLOWS).expect(200);
    api.get(WORKFLOWS).expect(200);
    assert_eq!(copied(), [format!("magure_live_{}...", &KEY[..20])]);
    server.data().execute("UPDATE api_keys SET revoked_at = 1 WHERE key_prefix LIKE 'magure%'");
    until("the key is refused", || (api.get(WORKFLOWS).status == 401).then_some(()));
}

#[test]
fn a_running_server_notices_what_sql_changes() {
    let server = world();
    insert_tenant(server.data());
    let api = server.with_key(KEY);
    assert_eq!(slugs(&api), Vec::<String>::new());
    insert_assignment(server.data(), "kpi-sales");
    until("the assignment is noticed", || (slugs(&api) == ["kpi-sales"]).then_some(()));
    server.data().execute("UPDATE tenants SET is_active = false WHERE slug = 'magure'");
    until("the tenant is suspended", || (api.get(WORKFLOWS).status == 403).then_some(()));
    server.data().execute("UPDATE tenants SET is_active = true WHERE slug = 'magure'");
    until("the tenant is let in again", || (api.get(WORKFLOWS).status == 200).then_some(()));
    server.data().execute("DELETE FROM tenants WHERE slug = 'magure'");
    until("the key opens nothing", || (api.get(WORKFLOWS).status == 401).then_some(()));
}
