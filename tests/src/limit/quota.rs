//! Runs, tokens and cost in a day and a month.

use serde_json::{Value, json};

use super::world::{ECHO, quota, update};
use crate::harness::{Api, Server, Setup, magone, until};

const SAY: &str = "
id: say
entry_step: say
limits: { max_tokens: 1000 }
steps:
  - { id: say, type: llm, model: scripted/echo, prompt: 'You said {{ input }}' }
";

const THINK: &str = "
id: think
entry_step: say
limits: { max_tokens: 1000 }
steps:
  - { id: say, type: llm, model: scripted/slow-600000, prompt: '{{ input }}' }
";

fn world() -> Server {
    let setup = Setup::new().tenant("acme").tenant("rival");
    let setup =
        setup.workflow("acme", "echo", ECHO).workflow("acme", "say", SAY).workflow("acme", "think", THINK);
    setup.workflow("rival", "echo", ECHO).start()
}

fn tokens(view: &Value) -> u64 {
    let usage = &view["metadata"]["usage"];
    usage["input_tokens"].as_u64().unwrap() + usage["output_tokens"].as_u64().unwrap()
}

/// The tenant's quota once it has that bound.
fn bounded(server: &Server, api: &Api, setting: &str, name: &str, limit: u64) -> Value {
    update(server, "acme", &["--set", &format!("{setting}={limit}")]);
    until("the quota is noticed", || {
        let found = quota(api, name);
        (found["limit"] == limit).then_some(found)
    })
}

#[test]
fn runs_of_a_day_are_counted_over_a_crash_and_only_the_tenants_own() {
    let mut server = world();
    let api = server.api("acme");
    for _ in 0..2 {
        api.execute("echo", &json!({"input": "x"})).expect(200);
    }
    let open = api.start("think", &json!({"input": "x"}));
    assert_eq!(bounded(&server, &api, "max_runs_per_day", "runs_per_day", 4)["used"], 3);
    server.restart();
    let api = server.api("acme");
    assert_eq!(quota(&api, "runs_per_day")["used"], 3, "with the one that did not end");
    api.execute("echo", &json!({"input": "x"})).expect(200);
    let refused = api.execute("echo", &json!({"input": "x"}));
    let problem = refused.problem(429, "quota_exceeded");
    assert!(problem["detail"].as_str().unwrap().contains("max_runs_per_day"), "{problem}");
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=86_400).contains(&wait), "until the day ends: {wait}");
    server.api("rival").execute("echo", &json!({"input": "x"})).expect(200);
    assert_eq!(api.cancel(&open).status, 202);
    api.ended(&open);
    api.execute("echo", &json!({"input": "x"})).problem(429, "quota_exceeded");
    update(&server, "acme", &["--unset", "max_runs_per_day"]);
    until("the quota is gone", || (api.execute("echo", &json!({"input": "x"})).status == 200).then_some(()));
    let usage = api.get("/api/v1/external/usage").expect(200).json();
    assert_eq!([&usage["day"]["runs"], &usage["month"]["runs"]], [5, 5], "{usage}");
}

#[test]
fn tokens_are_reserved_settled_and_kept_over_a_crash() {
    let mut server = world();
    let api = server.api("acme");
    let used = tokens(&api.execute("say", &json!({"input": "hello"})).expect(200).json());
    assert!(used > 0);
    let day = bounded(&server, &api, "max_tokens_per_day", "tokens_per_day", 1_200);
    assert_eq!(
        [&day["used"], &day["reserved"], &day["remaining"]],
        [used, 0, 1_200 - used].map(|n| json!(n)).each_ref()
    );
    let first = api.start("think", &json!({"input": "x"}));
    let second = api.start("think", &json!({"input": "x"}));
    let day = quota(&api, "tokens_per_day");
    assert_eq!((&day["reserved"], &day["remaining"]), (&json!(1_200 - used), &json!(0)), "what was left");
    let problem = api.execute("say", &json!({"input": "x"})).problem(429, "quota_exceeded");
    assert!(problem["detail"].as_str().unwrap().contains("1200 (max_tokens_per_day)"), "{problem}");
    server.restart();
    let api = server.api("acme");
    let day = quota(&api, "tokens_per_day");
    assert_eq!((&day["used"], &day["remaining"]), (&json!(used), &json!(0)), "still reserved");
    for id in [&first, &second] {
        api.cancel(id);
        api.ended(id);
    }
    let more = tokens(&api.execute("say", &json!({"input": "again"})).expect(200).json());
    let month = quota(&api, "tokens_per_month");
    assert_eq!((&month["used"], &month["reserved"]), (&json!(used + more), &json!(0)));
    let usage = api.get("/api/v1/external/usage").expect(200).json();
    assert_eq!((&usage["day"]["tokens"], &usage["day"]["runs"]), (&json!(used + more), &json!(4)));
    let stored = "SELECT CAST(input_tokens + output_tokens AS TEXT) FROM usage_daily";
    assert_eq!(server.data().texts(stored), [(used + more).to_string()]);
}

#[test]
fn runs_with_a_test_key_use_no_quota() {
    let server = world();
    let made = magone(server.data(), &["--output", "json", "key", "create", "acme", "ci", "--test"]).json();
    bounded(&server, &server.api("acme"), "max_runs_per_day", "runs_per_day", 1);
    let api = server.with_key(made["key"].as_str().unwrap());
    for _ in 0..3 {
        api.execute("say", &json!({"input": "x"})).expect(200);
    }
    assert_eq!(quota(&api, "runs_per_day")["used"], 0);
    assert!(server.data().texts("SELECT day FROM usage_daily").is_empty());
    server.api("acme").execute("say", &json!({"input": "x"})).expect(200);
    server.api("acme").execute("say", &json!({"input": "x"})).problem(429, "quota_exceeded");
}
