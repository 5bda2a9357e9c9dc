//! What is internal stays inside: instructions, `config`, prompts, arguments and results of tools,
//! outputs of steps, words of a provider that fails. A canary in each of them never reaches a tenant.

use serde_json::{Value, json};

use crate::harness::mock::Reply;
use crate::harness::{Api, Mock, Setup};

const AGENT: &str = "
id: helper
model: openai/mock
instructions: Never say CANARY-INSTRUCTIONS, and use {{ config.secret }}.
tools: [builtin.echo]
max_turns: 3
";

const DEFINITION: &str = "
id: secrets
config: { secret: CANARY-CONFIG, model: openai/mock }
entry_step: ask
output: '{{ steps.say.output }}'
steps:
  - { id: ask, type: agent, agent: helper, input: 'CANARY-PROMPT {{ input }}', next: call }
  - { id: call, type: tool, tool: builtin.echo, arguments: { text: 'CANARY-TOOL {{ config.secret }}' }, next: shape }
  - { id: shape, type: transform, value: { inner: CANARY-OUTPUT }, next: say }
  - { id: say, type: llm, system: CANARY-SYSTEM, prompt: 'CANARY-QUESTION {{ steps.shape.output.inner }}',
      retry: { max_attempts: 2, initial_interval_ms: 1 } }
";

/// Everything that a tenant can read about its runs, as one text.
fn everything(api: &Api, id: &str) -> String {
    let mut text = String::new();
    for path in [
        format!("/api/v1/external/executions/{id}"),
        "/api/v1/external/executions?include=result".to_owned(),
        "/api/v1/external/workflows".to_owned(),
        "/api/v1/external/workflows/secrets".to_owned(),
    ] {
        text.push_str(&api.get(&path).expect(200).text);
    }
    let stream = api.stream(&format!("/api/v1/external/executions/{id}/events"), &[]);
    text.extend(stream.rest().into_iter().filter_map(|frame| frame.data));
    text.push_str(&Value::from(api.log(id)).to_string());
    text
}

#[track_caller]
fn assert_no_canary(text: &str) {
    if let Some(place) = text.find("CANARY") {
        let around = text[..place].char_indices().rev().nth(200).map_or(0, |(start, _)| start);
        panic!("a canary sang: …{}", &text[around..(place + 40).min(text.len())]);
    }
}

#[test]
fn nothing_internal_is_in_any_answer_to_a_tenant() {
    let mock = Mock::start(|call| match call.act() {
        act if act.starts_with("say") => match call.before {
            0 if act.ends_with("@1") => {
                Reply::Status(500, Vec::new(), r#"{"error":{"message":"CANARY-PROVIDER"}}"#.to_owned())
            }
            _ => Reply::Say("All is well".to_owned()),
        },
        _ if call.has_tool_result() => Reply::Say("The figures are in".to_owned()),
        _ => Reply::UseTool(json!({"text": "CANARY-ARGUMENT"})),
    });
    let setup = Setup::new().models(&mock).tenant("acme").agent(AGENT);
    let server = setup.workflow("acme", "secrets", DEFINITION).start();
    let api = server.api("acme");
    let answer = api.execute("secrets", &json!({"input": "x"})).expect(200);
    let view = answer.json();
    assert_eq!([&view["status"], &view["result"]["content"]], ["completed", "All is well"], "{view}");
    let asked: String = mock.calls().iter().map(|call| call.body.to_string()).collect();
    for canary in ["INSTRUCTIONS", "CONFIG", "PROMPT", "ARGUMENT", "SYSTEM", "QUESTION", "OUTPUT"] {
        assert!(asked.contains(&format!("CANARY-{canary}")), "the model is told of {canary}");
    }
    assert_no_canary(&answer.text);
    let text = everything(&api, view["execution_id"].as_str().unwrap());
    for event in ["tool.called", "tool.result", "step.retrying", "agent.started", "message.completed"] {
        assert!(text.contains(event), "{event} was told of");
    }
    assert_no_canary(&text);
    assert_no_canary(&server.log());
}

#[test]
fn a_provider_that_fails_is_not_quoted() {
    let words = r#"{"error":{"message":"CANARY-PROVIDER sk-of-the-tests","type":"x","code":"y"}}"#;
    for (status, code) in [
        (400, "provider_error"),
        (401, "provider_auth"),
        (429, "provider_rate_limited"),
        (503, "provider_error"),
    ] {
        let mock = Mock::start(move |_| Reply::Status(status, Vec::new(), words.to_owned()));
        let agent = AGENT.replace("max_turns: 3", "max_turns: 1");
        let definition = DEFINITION.replace("agent: helper,", "agent: helper, retry: { max_attempts: 1 },");
        let setup = Setup::new().models(&mock).tenant("acme").agent(&agent);
        let server = setup.workflow("acme", "secrets", &definition).start();
        let api = server.api("acme");
        let answer = api.execute("secrets", &json!({"input": "x"})).expect(200);
        let view = answer.json();
        assert_eq!([&view["status"], &view["code"]], ["failed", code], "{view}");
        assert_no_canary(&answer.text);
        let text = everything(&api, view["execution_id"].as_str().unwrap());
        assert!(text.contains("step.failed"), "{text}");
        assert_no_canary(&text);
        assert!(!server.log().contains("sk-of-the-tests"), "keys are never logged");
    }
}
