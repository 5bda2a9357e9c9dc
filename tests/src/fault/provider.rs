//! A provider that is down, slow, rude or out of its mind. The run ends with a code of its own and a
//! sentence, and the server goes on.

use std::net::TcpListener;

use serde_json::{Value, json};

use crate::harness::mock::Reply;
use crate::harness::{Mock, Server, Setup, chain};

/// Two attempts, without a pause worth mentioning.
fn definition() -> String {
    chain(1, "openai/mock").replace("max_attempts: 1", "max_attempts: 2, initial_interval_ms: 1")
}

fn world(setup: Setup) -> Server {
    setup.tenant("acme").workflow("acme", "chain", &definition()).start()
}

fn run(server: &Server) -> Value {
    let view = server.api("acme").execute("chain", &json!({"input": "x"})).expect(200).json();
    server.anonymous().get("/readyz").expect(200);
    view
}

/// The run fails with a code after so many calls.
#[track_caller]
fn fails(reply: Reply, code: &str, retryable: bool, calls: usize) -> Value {
    let mock = Mock::start(move |_| reply.clone());
    let server = world(Setup::new().models(&mock));
    let view = run(&server);
    assert_eq!([&view["status"], &view["code"]], ["failed", code], "{view}");
    assert_eq!(view["retryable"], retryable, "{view}");
    assert_eq!(mock.count(), calls, "{view}");
    let sentence = view["error"].as_str().unwrap();
    assert!(!sentence.contains(['\n', '{', '<']) && !sentence.contains("127.0.0.1"), "{sentence}");
    view
}

fn status(status: u16, body: &str) -> Reply {
    Reply::Status(status, Vec::new(), body.to_owned())
}

#[test]
fn nobody_is_there() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    drop(listener);
    let server = world(Setup::new().env("OPENAI_BASE_URL", &url));
    let view = run(&server);
    assert_eq!([&view["status"], &view["code"]], ["failed", "provider_error"]);
    assert_eq!(view["error"], "The model provider cannot be reached");
    let log = server.api("acme").log(view["execution_id"].as_str().unwrap());
    let retries: Vec<_> = log.iter().filter(|event| event["type"] == "step.retrying").collect();
    assert_eq!(retries.len(), 1, "{log:?}");
    assert_eq!([&retries[0]["data"]["reason"], &retries[0]["data"]["attempt"]], [&json!("error"), &json!(2)]);
}

#[test]
fn nobody_was_named() {
    let server = world(Setup::new());
    let view = run(&server);
    assert_eq!([&view["status"], &view["code"]], ["failed", "provider_auth"], "{view}");
    assert_eq!(view["error"], "The model provider is not configured");
}

#[test]
fn it_answers_rubbish() {
    fails(status(200, "<html>welcome</html>"), "provider_error", true, 2);
    fails(status(200, r#"{"choices": []}"#), "provider_error", true, 2);
    fails(status(200, ""), "provider_error", true, 2);
    fails(status(200, "[[[[[[[["), "provider_error", true, 2);
}

#[test]
fn it_fails_and_hangs_up() {
    fails(status(500, "oops"), "provider_error", true, 2);
    fails(Reply::Close, "provider_error", true, 2);
}

#[test]
fn it_refuses_for_good_and_is_not_asked_again() {
    fails(status(401, "no"), "provider_auth", false, 1);
    fails(status(400, "no"), "provider_error", true, 1);
    let elsewhere = vec![("Location", "http://127.0.0.1:9/".to_owned())];
    fails(Reply::Status(302, elsewhere, String::new()), "provider_error", true, 1);
}

#[test]
fn it_sends_ten_gibibytes() {
    let mock = Mock::start(|_| Reply::Endless);
    let server = world(Setup::new().models(&mock));
    let view = run(&server);
    assert_eq!([&view["status"], &view["code"]], ["failed", "provider_error"]);
    assert_eq!(view["error"], "The answer of the model provider is too large");
    mock.wait_for_hang_up(1);
    assert_eq!(mock.count(), 1, "it would be too large again");
    // Eight MiB, and what buffers of the system hold.
    assert!(mock.bytes() < 64 << 20, "{} bytes were taken", mock.bytes());
}

#[test]
fn it_asks_for_a_pause_and_gets_it() {
    let mock = Mock::start(|call| match call.place {
        0 => Reply::Status(429, vec![("Retry-After", "1".to_owned())], "{}".to_owned()),
        _ => Reply::Say("said".to_owned()),
    });
    let server = world(Setup::new().models(&mock));
    let view = run(&server);
    assert_eq!([&view["status"], &view["result"]["content"]], ["completed", "said"]);
    let authorizations: Vec<_> = mock.calls().into_iter().map(|call| call.authorization).collect();
    assert_eq!(authorizations, ["Bearer sk-of-the-tests"; 2]);
    let keys: Vec<_> = mock.calls().iter().map(|call| call.act().to_owned()).collect();
    assert!(keys[0].ends_with("@1") && keys[1].ends_with("@2"), "{keys:?}");
    let log = server.api("acme").log(view["execution_id"].as_str().unwrap());
    let retry = log.iter().find(|event| event["type"] == "step.retrying").unwrap();
    assert_eq!(retry["data"]["code"], "provider_rate_limited");
    let next = log.iter().find(|event| event["type"] == "message.completed").unwrap();
    let (asked, until) = (retry["time"].as_str().unwrap(), retry["data"]["retry_at"].as_str().unwrap());
    assert!(until > asked && next["time"].as_str().unwrap() >= until, "{retry} {next}");
}

#[test]
fn its_answer_fits_no_schema() {
    let typed =
        definition().replace("prompt:", "output_schema: { type: object, required: [sum] }\n    prompt:");
    let mock = Mock::saying("not even JSON");
    let setup = Setup::new().models(&mock).tenant("acme");
    let server = setup.workflow("acme", "chain", &typed).start();
    let view = run(&server);
    assert_eq!([&view["status"], &view["code"]], ["failed", "invalid_output"], "{view}");
    assert_eq!(mock.count(), 2, "it is asked once to mend it");
}

#[test]
fn it_wants_tools_for_ever_and_tools_that_nobody_offered() {
    const AGENT: &str = "{ id: eager, model: openai/mock, tools: [builtin.echo], max_turns: 3 }";
    const DEFINITION: &str = "{ id: chain, entry_step: ask, steps: [{ id: ask, type: agent, agent: eager, retry: { max_attempts: 1 } }] }";
    let function = json!({"name": "delete_everything", "arguments": "{}"});
    let message =
        json!({"content": null, "tool_calls": [{"id": "c", "type": "function", "function": function}]});
    let unknown = json!({"choices": [{"message": message, "finish_reason": "tool_calls"}]}).to_string();
    for (reply, code) in [
        (Reply::UseTool(json!({"text": "again"})), "budget_exceeded"),
        (status(200, &unknown), "budget_exceeded"),
    ] {
        let mock = Mock::start(move |_| reply.clone());
        let setup = Setup::new().models(&mock).tenant("acme").agent(AGENT);
        let server = setup.workflow("acme", "chain", DEFINITION).start();
        let view = run(&server);
        assert_eq!([&view["status"], &view["code"]], ["failed", code], "{view}");
        assert_eq!(mock.count(), 3, "a turn is a call: {view}");
        let log = server.api("acme").log(view["execution_id"].as_str().unwrap());
        for result in log.iter().filter(|event| event["type"] == "tool.result") {
            assert_eq!(result["data"]["ok"], result["data"]["tool"] == "builtin.echo", "{result}");
        }
    }
}
