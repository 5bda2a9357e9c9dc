//! The result: a superset of the three shapes of the first API; and the three namespaces of a run.

use serde_json::{Value, json};

use super::shape::assert_members;
use super::world::{acme, world};

#[test]
fn text_becomes_content() {
    let server = world();
    let view = acme(&server).execute("talk", &json!({"input": "hello"})).expect(200).json();
    let result = &view["result"];
    assert_members(result, &["content", "data", "metadata"]);
    assert_eq!([&result["content"], &result["data"]], [&json!("You said hello"), &Value::Null]);
    assert_eq!(result["metadata"], view["metadata"]);
}

#[test]
fn structured_output_stands_beside_its_envelope() {
    let server = world();
    let view = acme(&server).execute("quick", &json!({"input": "hello"})).expect(200).json();
    let result = &view["result"];
    assert_members(result, &["content", "data", "kept", "metadata", "said", "tone"]);
    let output = json!({"said": "hello", "tone": "plain", "kept": "kept"});
    assert_eq!([&result["said"], &result["data"]], [&json!("hello"), &output]);
    let content: Value = serde_json::from_str(result["content"].as_str().unwrap()).unwrap();
    assert_eq!(content, output, "the content is the output as text");
}

#[test]
fn a_raw_result_is_the_output_alone() {
    let server = world();
    let view = acme(&server).execute("typed", &json!({"input": {"count": 3}})).expect(200).json();
    assert_eq!(view["result"], json!({"count": 3, "region": "dubai"}));
}

#[test]
fn context_is_the_callers_and_config_is_not() {
    let server = world();
    let body = json!({"input": "x", "context": {"tone": "sharp", "secret": "stolen", "config": {"secret": "stolen"}}});
    let result = acme(&server).execute("quick", &body).expect(200).json()["result"].clone();
    assert_eq!([&result["tone"], &result["kept"]], ["sharp", "kept"]);
}

#[test]
fn members_that_are_not_the_callers_are_passed_over() {
    let server = world();
    let body = json!({
        "input": "x", "tenant_id": "ten_other", "status": "failed", "result": {"said": "no"},
        "config": {"secret": "stolen"}, "execution_id": "exec_mine", "context": null,
    });
    let view = acme(&server).execute("quick", &body).expect(200).json();
    assert_eq!(
        [&view["status"], &view["result"]["said"], &view["result"]["kept"]],
        ["completed", "x", "kept"]
    );
    assert_ne!(view["execution_id"], "exec_mine");
}

#[test]
fn text_from_callers_is_never_a_template() {
    let server = world();
    for input in ["{{ 7*7 }}", "{{ config.secret }}", "${HOME} $(id) `id`", "{% if true %}x{% endif %}"] {
        let result =
            acme(&server).execute("quick", &json!({"input": input})).expect(200).json()["result"].clone();
        assert_eq!(result["said"], input);
        let result =
            acme(&server).execute("talk", &json!({"input": input})).expect(200).json()["result"].clone();
        assert_eq!(result["content"], format!("You said {input}"));
    }
}
