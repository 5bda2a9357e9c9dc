//! Test keys: scripted models whatever the definition says, no cost, the same each time.

use serde_json::{Value, json};

use crate::harness::{Api, Mock, Server, Setup, magone};

const AGENT: &str = "
id: clerk
model: openai/mock
fallbacks: [openai/other]
instructions: Help.
";
const INNER: &str = "
id: inner
entry_step: ask
steps:
  - { id: ask, type: agent, agent: clerk, next: say }
  - { id: say, type: llm, model: openai/mock, prompt: '{{ input }}', retry: { max_attempts: 3 } }
";
const OUTER: &str = "
id: outer
entry_step: each
steps:
  - { id: each, type: map, items: [a, b], steps: [sub], next: say }
  - { id: sub, type: workflow, workflow: inner, input: '{{ item }}: {{ input }}' }
  - { id: say, type: llm, model: openai/mock, prompt: '{{ input }}' }
";

fn world(mock: &Mock) -> Server {
    let setup = Setup::new().models(mock).tenant("acme").agent(AGENT);
    setup.workflow("acme", "inner", INNER).workflow("acme", "outer", OUTER).start()
}

fn tester(server: &Server) -> Api {
    let create = ["--output", "json", "key", "create", "acme", "trying", "--test"];
    server.with_key(magone(server.data(), &create).json()["key"].as_str().unwrap())
}

fn run(api: &Api) -> Value {
    let ran = api.execute("outer", &json!({"input": "x"})).expect(200).json();
    assert_eq!(ran["status"], "completed", "{ran}");
    ran
}

#[test]
fn a_test_keys_runs_ask_no_model_cost_nothing_and_are_the_same_each_time() {
    let mock = Mock::saying("said");
    let server = world(&mock);
    let api = tester(&server);
    let (first, second) = (run(&api), run(&api));
    assert_eq!(mock.count(), 0, "no model was asked, by no child either");
    assert_eq!(first["result"]["content"], second["result"]["content"]);
    let cost = &first["metadata"]["usage"]["cost_usd"];
    assert!(cost.is_null() || cost.as_f64() == Some(0.0), "{first}");
    let kinds = |run: &Value| -> Vec<Value> {
        let log = api.log(run["execution_id"].as_str().unwrap());
        log.iter().map(|event| event["type"].clone()).collect()
    };
    let (mut one, mut other) = (kinds(&first), kinds(&second));
    // Children run side by side.
    one.sort_by_key(Value::to_string);
    other.sort_by_key(Value::to_string);
    assert_eq!(one, other);
    run(&server.api("acme"));
    assert!(mock.count() > 0, "the same workflow with a live key asks them");
}
