//! Runs at a time: above the bound they wait, and their turns are fair.

use serde_json::{Value, json};

use super::world::{ECHO, update};
use crate::harness::{Api, Server, Setup, until};

/// Says nothing for ten minutes.
const THINK: &str = "
id: think
entry_step: say
steps:
  - { id: say, type: llm, model: scripted/slow-600000, prompt: '{{ input }}' }
";

const ASK: &str = "
id: ask
entry_step: ask
steps:
  - { id: ask, type: approval, prompt: 'Go on?' }
";

const PARENT: &str = "
id: parent
entry_step: child
steps:
  - { id: child, type: workflow, workflow: echo, input: '{{ input }}' }
";

fn world(settings: &[&str]) -> Server {
    let setup = Setup::new().tenant("acme").workflow("acme", "echo", ECHO).workflow("acme", "ask", ASK);
    let setup = setup.workflow("acme", "think", THINK).workflow("acme", "parent", PARENT);
    let server = setup.start();
    let settings: Vec<_> = settings.iter().flat_map(|setting| ["--set", setting]).collect();
    update(&server, "acme", &settings);
    until("the settings are noticed", || {
        let limits = server.api("acme").get("/api/v1/external/limits").expect(200).json();
        (limits["concurrency"]["max_concurrent_runs"] != 100).then_some(())
    });
    server
}

fn think(api: &Api, count: usize) -> Vec<String> {
    (0..count).map(|_| api.start("think", &json!({"input": "x"}))).collect()
}

fn states(api: &Api, ids: &[String]) -> Vec<String> {
    ids.iter().map(|id| api.execution(id)["state"].as_str().unwrap().to_owned()).collect()
}

fn until_states(api: &Api, ids: &[String], wanted: &[&str]) {
    until(&format!("the runs are {wanted:?}"), || (states(api, ids) == wanted).then_some(()));
}

fn concurrency(api: &Api) -> [u64; 2] {
    let limits = api.get("/api/v1/external/limits").expect(200).json();
    ["running", "queued"].map(|name| limits["concurrency"][name].as_u64().unwrap())
}

fn names(log: &[Value]) -> Vec<&str> {
    log.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

#[test]
fn runs_above_the_bound_wait_and_above_the_queue_they_are_refused() {
    let server = world(&["max_concurrent_runs=2", "max_queued_runs=2"]);
    let api = server.api("acme");
    let ids = think(&api, 4);
    until_states(&api, &ids, &["running", "running", "queued", "queued"]);
    assert_eq!(api.execution(&ids[3])["status"], "pending");
    assert_eq!(names(&api.log(&ids[3])), ["execution.created", "execution.queued"]);
    assert_eq!(concurrency(&api), [2, 2]);
    let refused = api.post("/api/v1/external/execute/echo/async", &json!({"input": "x"}));
    let problem = refused.problem(429, "concurrency_limited");
    assert!(problem["detail"].as_str().unwrap().contains("2 executions can be under way"), "{problem}");
    assert_eq!(refused.header("retry-after"), Some("1"));

    api.cancel(&ids[2]).expect(202);
    let view = api.ended(&ids[2]);
    assert_eq!([&view["state"], &view["started_at"]], [&json!("cancelled"), &Value::Null]);
    api.cancel(&ids[0]).expect(202);
    until_states(&api, &ids[1..], &["running", "cancelled", "running"]);
    assert_eq!(concurrency(&api), [2, 0]);
    let answer = api.call("POST", "/api/v1/external/execute/echo").header("prefer", "wait=0");
    let body = answer.json(&json!({"input": "x"})).send().expect(202).json();
    assert_eq!(([&body["status"], &body["state"]]), ([&json!("running"), &json!("queued")]));
}

#[test]
fn who_waits_survives_a_crash_and_an_orderly_stop_in_its_order() {
    let mut server = world(&["max_concurrent_runs=1", "max_queued_runs=3"]);
    let ids = think(&server.api("acme"), 4);
    server.restart();
    let api = server.api("acme");
    until_states(&api, &ids, &["running", "queued", "queued", "queued"]);
    assert_eq!(concurrency(&api), [1, 3]);
    api.execute("echo", &json!({"input": "x"})).problem(429, "concurrency_limited");
    api.cancel(&ids[0]).expect(202);
    until_states(&api, &ids, &["cancelled", "running", "queued", "queued"]);
    let setup = server.setup().clone().env("MAGONE_DRAIN_SECONDS", "0");
    server.restart_with(setup);
    let setup = server.setup().clone();
    server.terminate();
    assert_eq!(server.wait().code(), Some(0));
    let server = setup.start();
    let api = server.api("acme");
    until_states(&api, &ids, &["cancelled", "running", "queued", "queued"]);
    // Nothing ends, and all of them go on: their tenant may do more by now.
    update(&server, "acme", &["--set", "max_concurrent_runs=3"]);
    until_states(&api, &ids, &["cancelled", "running", "running", "running"]);
}

#[test]
fn a_caller_waits_in_the_queue_for_its_turn_and_children_need_none() {
    let server = world(&["max_concurrent_runs=1"]);
    let api = server.api("acme");
    api.execute("parent", &json!({"input": "x"})).expect(200);
    let blocker = api.start("ask", &json!({"input": "x"}));
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| api.execute("parent", &json!({"input": "second"})));
        until("the second waits", || (concurrency(&api) == [1, 1]).then_some(()));
        let path = format!("/api/v1/external/executions/{blocker}/approvals/ask");
        api.post(&path, &json!({"decision": "approve"})).expect(200);
        let answer = waits.join().unwrap().expect(200).json();
        assert_eq!(
            (&answer["status"], &answer["result"]["content"]),
            (&json!("completed"), &json!("second"))
        );
        let id = answer["execution_id"].as_str().unwrap();
        assert_eq!(names(&api.log(id))[..3], ["execution.created", "execution.queued", "execution.started"]);
    });
}

#[test]
fn a_tenant_with_many_runs_does_not_move_the_others() {
    let mut setup = Setup::new().env("MAGONE_MAX_RUNS_IN_FLIGHT", "1");
    for tenant in ["noisy", "quiet", "other"] {
        setup = setup.tenant(tenant).workflow(tenant, "echo", ECHO);
    }
    let server = setup.workflow("other", "think", THINK).workflow("other", "ask", ASK).start();
    let (noisy, quiet, other) = (server.api("noisy"), server.api("quiet"), server.api("other"));
    // Whoever waits for a decision holds up nobody.
    other.start("ask", &json!({"input": "x"}));
    noisy.execute("echo", &json!({"input": "x"})).expect(200);
    let blocker = other.start("think", &json!({"input": "x"}));
    let many: Vec<_> = (0..100).map(|_| noisy.start("echo", &json!({"input": "x"}))).collect();
    let few: Vec<_> = (0..5).map(|_| quiet.start("echo", &json!({"input": "x"}))).collect();
    assert_eq!(states(&quiet, &few), ["queued"; 5]);
    other.cancel(&blocker).expect(202);
    let begun = |api: &Api, ids: &[String]| {
        let mut times: Vec<_> = ids.iter().map(|id| api.ended(id)["started_at"].to_string()).collect();
        times.sort();
        times
    };
    let (many, few) = (begun(&noisy, &many), begun(&quiet, &few));
    let before = many.iter().filter(|at| *at < &few[4]).count();
    assert!(before <= 10, "{before} runs of the other began before the last of five");
}
