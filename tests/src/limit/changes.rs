//! Limits are changed while the server runs.

use serde_json::json;

use super::world::{ECHO, rate, update};
use crate::harness::{Setup, until};

#[test]
fn changes_by_script_command_and_api_count_without_a_restart() {
    let server = Setup::new().tenant("acme").workflow("acme", "echo", ECHO).start();
    let api = server.api("acme");
    assert!(rate(&api, "rpm").is_null());
    let noticed =
        |limit: u32| until("the change is noticed", || (rate(&api, "rpm")["limit"] == limit).then_some(()));
    server.data().execute("UPDATE tenants SET rate_limit_per_minute = 2 WHERE slug = 'acme'");
    noticed(2);
    api.execute("echo", &json!({"input": "x"})).expect(200);
    api.execute("echo", &json!({"input": "x"})).expect(200);
    api.execute("echo", &json!({"input": "x"})).problem(429, "rate_limited");
    update(&server, "acme", &["--rate-limit", "1000"]);
    noticed(1_000);
    api.execute("echo", &json!({"input": "x"})).expect(200);
    let admin = server.admin(&["tenants:write"]);
    let change = json!({"rate_limit_per_minute": 3_000, "settings": {"max_queued_runs": 7}});
    admin.call("PATCH", "/api/v1/tenants/acme").json(&change).send().expect(200);
    // Changed in this process: at once.
    assert_eq!(rate(&api, "rpm")["limit"], 3_000);
    let limits = api.get("/api/v1/external/limits").expect(200).json();
    assert_eq!(limits["concurrency"]["max_queued_runs"], 7);
}

#[test]
fn what_an_admin_may_not_set_is_refused_and_what_a_script_set_wrongly_is_passed_over_and_shown() {
    let server = Setup::new().tenant("acme").workflow("acme", "echo", ECHO).start();
    let (api, admin) = (server.api("acme"), server.admin(&["tenants:write"]));
    let wrong =
        json!({"settings": {"max_concurrent_runs": 0, "weight": "heavy", "max_cost_usd_per_day": -1}});
    let refused = admin.call("PATCH", "/api/v1/tenants/acme").json(&wrong).send();
    refused.problem(422, "validation");
    let mut pointers = refused.pointers();
    pointers.sort();
    assert_eq!(
        pointers,
        ["/settings/max_concurrent_runs", "/settings/max_cost_usd_per_day", "/settings/weight"]
    );
    server.data().execute(
        "UPDATE tenants SET settings = '{\"max_concurrent_runs\": \"many\", \"max_queued_runs\": 3}' WHERE slug = 'acme'",
    );
    let limits = until("the script is noticed", || {
        let limits = api.get("/api/v1/external/limits").expect(200).json();
        (limits["concurrency"]["max_queued_runs"] == 3).then_some(limits)
    });
    assert_eq!(limits["ignored_settings"], json!(["max_concurrent_runs"]));
    assert_eq!(limits["concurrency"]["max_concurrent_runs"], 100, "its default");
    until("a warning is logged", || {
        let warned = server.log().contains("settings are not what they have to be");
        warned.then_some(())
    });
    api.execute("echo", &json!({"input": "x"})).expect(200);
}

#[test]
fn whose_key_it_is() {
    let server = Setup::new().tenant("acme").start();
    let me = server.api("acme").get("/api/v1/external/me").expect(200).json();
    assert_eq!((&me["tenant"]["slug"], &me["key"]["test"]), (&json!("acme"), &json!(false)));
}
