//! `POST /executions/{id}/retry`: another attempt at a run that failed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use super::world::{acme, world};
use crate::harness::mock::Reply;
use crate::harness::{Answer, Api, Mock, Server, Setup, magone, magone_with};

fn retry(api: &Api, id: &str, body: &Value) -> Answer {
    api.post(&format!("/api/v1/external/executions/{id}/retry"), body)
}

fn id_of(answer: &Answer) -> String {
    answer.json()["execution_id"].as_str().unwrap().to_owned()
}

/// Three steps; the last fails until somebody mends it.
const REPORT: &str = "
id: report
context: { tone: plain, region: west }
entry_step: one
steps:
  - { id: one, type: llm, model: openai/mock, prompt: '{{ input }}', next: each }
  - { id: each, type: map, items: [a, b], steps: [two], next: three }
  - { id: two, type: llm, model: openai/mock, prompt: '{{ item }}' }
  - { id: three, type: llm, model: openai/mock, prompt: '{{ context.tone }}', retry: { max_attempts: 1 } }
";

fn report() -> (Mock, Arc<AtomicBool>, Server) {
    let mended = Arc::new(AtomicBool::new(false));
    let works = Arc::clone(&mended);
    let mock = Mock::start(move |call| match call.act() {
        act if act.starts_with("three") && !works.load(Ordering::SeqCst) => {
            Reply::Status(400, Vec::new(), "{}".to_owned())
        }
        act => Reply::Say(act.to_owned()),
    });
    let server = Setup::new().models(&mock).tenant("acme").workflow("acme", "report", REPORT).start();
    (mock, mended, server)
}

#[test]
fn from_the_failed_step_nothing_is_asked_twice() {
    let (mock, mended, server) = report();
    let api = server.api("acme");
    let body = json!({"input": "x", "context": {"tone": "kind"}, "session_id": "s"});
    let failed = api.execute("report", &body).expect(200).json();
    let id = failed["execution_id"].as_str().unwrap();
    assert_eq!([&failed["status"], &failed["metadata"]["retry_of"]], [&json!("failed"), &Value::Null]);
    assert_eq!(mock.count(), 4);
    // It fails once more, where it had failed.
    let second = retry(&api, id, &json!({"from": "failed_step"})).expect(202);
    let second = api.ended(&id_of(&second));
    assert_eq!([&second["status"], &second["metadata"]["retry_of"]], ["failed", id]);
    assert_eq!(mock.count(), 5);
    mended.store(true, Ordering::SeqCst);
    let path = format!("/api/v1/external/executions/{}/retry", second["execution_id"].as_str().unwrap());
    let call = api.call("POST", &path).header("prefer", "wait=60").json(&json!({"from": "failed_step"}));
    let answer = call.send().expect(200);
    assert_eq!(answer.header("preference-applied"), Some("wait=60"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let view = answer.json();
    assert_eq!([&view["status"], &view["session_id"]], ["completed", "s"]);
    assert_eq!(
        [&view["metadata"]["attempts"], &view["result"]["metadata"]["attempts"]],
        [&json!(3), &json!(3)]
    );
    assert_eq!(view["metadata"]["retry_of"], second["execution_id"]);
    assert_eq!(
        view["metadata"]["usage"]["input_tokens"], 7,
        "one call, and what was taken over costs nothing"
    );
    let last = mock.calls().pop().unwrap();
    assert_eq!((mock.count(), last.body["messages"][0]["content"].as_str()), (6, Some("kind")));
    let log = api.log(view["execution_id"].as_str().unwrap());
    assert_eq!(log[0]["data"]["retry_of"], second["execution_id"]);
    let begun = log.iter().filter(|event| event["type"] == "step.started");
    let begun: Vec<_> = begun
        .map(|event| (event["data"]["step"].as_str().unwrap(), event["data"]["reused"] == true))
        .collect();
    assert_eq!(
        begun,
        [("one", true), ("each", true), ("each#0/two", true), ("each#1/two", true), ("three", false)]
    );
}

#[test]
fn from_the_start_everything_is_done_again_by_the_workflow_as_it_is_now() {
    let (mock, _, server) = report();
    let api = server.api("acme");
    let body = json!({"input": "x", "context": {"tone": "kind"}, "session_id": "s"});
    let failed = id_of(&api.execute("report", &body).expect(200));
    // Another default, and a last step that works.
    let mended = REPORT.replace("west", "east").replace(
        "id: three, type: llm, model: openai/mock, prompt: '{{ context.tone }}', retry: { max_attempts: 1 }",
        "id: three, type: transform, value: '{{ context.tone }} {{ context.region }}'",
    );
    let file = server.data().file("mended.yaml", &mended);
    magone(server.data(), &["workflow", "apply", "-f", file.to_str().unwrap()]).succeeded();
    crate::harness::until("the new version is noticed", || {
        let version = api.get("/api/v1/external/workflows/report").expect(200).json()["version"].clone();
        (version == 2).then_some(())
    });
    for body in [json!({}), json!({"from": "start"}), json!({"from": null})] {
        let before = mock.count();
        let again = retry(&api, &failed, &body).expect(202);
        let view = api.ended(&id_of(&again));
        assert_eq!([&view["status"], &view["session_id"]], ["completed", "s"]);
        assert_eq!(view["result"]["content"], "kind east", "the caller's context, over today's defaults");
        assert_eq!([&view["metadata"]["workflow_version"], &view["metadata"]["attempts"]], [2, 2]);
        assert_eq!(mock.count(), before + 3);
    }
}

#[test]
fn a_retry_with_a_key_is_one_run() {
    let server = world();
    let api = acme(&server);
    let failed = id_of(&api.execute("fails", &json!({"input": "Mars"})).expect(200));
    let path = format!("/api/v1/external/executions/{failed}/retry");
    let with = |body: Value| api.call("POST", &path).header("idempotency-key", "again-1").json(&body).send();
    let first = with(json!({})).expect(202);
    assert_eq!(first.header("idempotency-replayed"), None);
    let end = api.ended(&id_of(&first));
    let second = with(json!({})).expect(200);
    assert_eq!((second.header("idempotency-replayed"), second.json()), (Some("true"), end));
    with(json!({"from": "failed_step"})).problem(422, "idempotency_mismatch");
    let execute = api.call("POST", "/api/v1/external/execute/fails").header("idempotency-key", "again-1");
    execute.json(&json!({"input": "Mars"})).send().problem(422, "idempotency_mismatch");
}

#[test]
fn only_what_failed_can_be_retried() {
    let server = world();
    let api = acme(&server);
    let quick = id_of(&api.execute("quick", &json!({"input": "x"})).expect(200));
    let endless = api.start("endless", &json!({"input": "x"}));
    for id in [&quick, &endless] {
        let problem = retry(&api, id, &json!({})).problem(409, "conflict");
        assert!(problem["detail"].as_str().unwrap().contains("only one that failed"), "{problem}");
    }
    api.cancel(&endless).expect(202);
    api.ended(&endless);
    let again = id_of(&retry(&api, &endless, &json!({"from": "failed_step"})).expect(202));
    api.cancel(&again).expect(202);
    for body in [json!({"from": "middle"}), json!({"from": 1})] {
        let answer = retry(&api, &endless, &body);
        answer.problem(422, "validation");
        assert_eq!(answer.pointers(), ["/from"]);
    }
    retry(&api, &endless, &json!([])).problem(422, "validation");
    retry(&api, "exec_nothing", &json!({"from": 1})).problem(404, "not_found");
    // A child is part of its parent.
    let parent = id_of(&api.execute("delegate", &json!({"input": {"to": "fails", "ask": "x"}})).expect(200));
    let log = api.log(&parent);
    let begun = log.iter().find(|event| event["type"] == "child.started").unwrap();
    let problem =
        retry(&api, begun["data"]["execution_id"].as_str().unwrap(), &json!({})).problem(409, "conflict");
    assert!(problem["detail"].as_str().unwrap().contains(&parent), "{problem}");
}

#[test]
fn a_workflow_that_is_gone_cannot_be_run_again() {
    let setup = Setup::new().tenant("acme");
    let fails = "id: fails\nentry_step: a\nsteps: [{ id: a, type: fail, message: 'No' }]\n";
    let server = setup.workflow("acme", "fails", fails).start();
    let failed = id_of(&server.api("acme").execute("fails", &json!({"input": "x"})).expect(200));
    let admin = server.admin(&["workflows:write"]);
    admin.call("DELETE", "/api/v1/tenants/acme/workflows/fails").send().expect(204);
    let problem = retry(&server.api("acme"), &failed, &json!({})).problem(404, "not_found");
    assert_eq!(problem["detail"], "Workflow 'fails' not found");
}

#[test]
fn the_command_line_retries() {
    let server = world();
    let api = acme(&server);
    let failed = id_of(&api.execute("fails", &json!({"input": "Mars"})).expect(200));
    let env = [("MAGONE_URL", server.url()), ("MAGONE_API_KEY", server.tenant("acme").key.as_str())];
    let made = magone_with(server.data(), &env, &["--output", "json", "execution", "retry", &failed]).json();
    assert_eq!(api.ended(made["execution_id"].as_str().unwrap())["metadata"]["retry_of"], failed.as_str());
    let followed =
        magone_with(server.data(), &env, &["execution", "retry", &failed, "--from-failed-step", "--follow"]);
    assert_eq!(followed.code, Some(1));
    assert!(
        followed.stderr.contains("step.failed") && followed.stderr.contains("no figures"),
        "{followed:?}"
    );
}
