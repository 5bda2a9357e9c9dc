use serde_json::json;

use super::*;

fn read_json(body: &Value) -> Result<Answer, Error> {
    read(body.to_string().as_bytes(), &ToolNames::of(["builtin.echo"]), "asked")
}

fn with_message(message: Value) -> Value {
    json!({"model": "m-1", "choices": [{"message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}})
}

fn calling(arguments: Value) -> Value {
    with_message(json!({"content": null, "tool_calls": [
        {"id": "c1", "type": "function", "function": {"name": "builtin__echo", "arguments": arguments}}]}))
}

#[test]
fn text_usage_and_model() {
    let answer = read_json(&with_message(json!({"role": "assistant", "content": "Hi"}))).unwrap();
    assert_eq!(answer.message, Message::text(Role::Assistant, "Hi"));
    assert_eq!(answer.usage, Usage { input_tokens: 3, output_tokens: 2, cost_micros: 0 });
    assert_eq!(answer.model, "m-1");
}

#[test]
fn what_may_be_missing() {
    let answer = read_json(&json!({"choices": [{"message": {"content": ""}}]})).unwrap();
    assert_eq!((answer.message.content.as_str(), answer.model.as_str()), ("", "asked"));
    assert_eq!(answer.usage, Usage::default());
    let refused = read_json(&with_message(json!({"content": null, "refusal": "I will not."}))).unwrap();
    assert_eq!(refused.message.content, "I will not.");
    let parts =
        read_json(&with_message(json!({"content": [{"type": "text", "text": "a"}, {"text": "b"}]}))).unwrap();
    assert_eq!(parts.message.content, "ab");
}

#[test]
fn tool_calls_come_with_our_names_and_values() {
    for (sent, expected) in [
        (json!(r#"{"text":"x"}"#), json!({"text": "x"})),
        (json!({"text": "x"}), json!({"text": "x"})),
        (json!(""), json!({})),
        (Value::Null, json!({})),
    ] {
        let answer = read_json(&calling(sent)).unwrap();
        let call = &answer.message.tool_calls[0];
        assert_eq!(
            (call.id.as_str(), call.tool.as_str(), &*call.arguments),
            ("c1", "builtin.echo", &expected)
        );
        assert_eq!(answer.message.content, "");
    }
    let anonymous =
        json!({"tool_calls": [{"function": {"name": "x"}}, {"id": "", "function": {"name": "y"}}]});
    let answer = read_json(&with_message(anonymous)).unwrap();
    let ids: Vec<_> = answer.message.tool_calls.iter().map(|call| call.id.as_str()).collect();
    assert_eq!(ids, ["call_0", "call_1"]);
}

#[test]
fn a_cut_answer_is_kept_and_a_filtered_one_is_not() {
    let mut body = with_message(json!({"content": "begin"}));
    body["choices"][0]["finish_reason"] = json!("length");
    assert_eq!(read_json(&body).unwrap().message.content, "begin");
    body["choices"][0]["message"]["content"] = Value::Null;
    assert_eq!(read_json(&body).unwrap().message.content, "");
    body["choices"][0]["finish_reason"] = json!("content_filter");
    assert!(matches!(read_json(&body), Err(Error::Filtered(_))));
}

#[test]
fn rubbish_is_a_typed_error() {
    let deep = |levels: usize| format!("{}1{}", r#"{"a":"#.repeat(levels), "}".repeat(levels));
    assert!(read_json(&calling(json!(deep(64)))).is_ok());
    let many: Vec<_> = (0..129).map(|_| json!({"function": {"name": "x"}})).collect();
    for body in [
        json!({}),
        json!([]),
        json!({"choices": []}),
        json!({"choices": "none"}),
        json!({"choices": [{"message": "text"}]}),
        json!({"choices": [{"message": {"content": 5}}]}),
        json!({"choices": [{"message": {"content": "x"}}], "usage": {"prompt_tokens": "3"}}),
        json!({"choices": [{"message": {"content": "x"}}], "usage": {"prompt_tokens": -3}}),
        with_message(json!({"content": null})),
        with_message(json!({"tool_calls": many})),
        with_message(json!({"tool_calls": [{"function": {}}]})),
        calling(json!("{not json")),
        calling(json!("[1]")),
        calling(json!(5)),
        calling(json!(deep(65))),
        calling(json!(deep(200))),
    ] {
        assert!(matches!(read_json(&body), Err(Error::Rubbish(_))), "{body}");
    }
    for body in ["", "<html>", "{\"choices\":", "\u{0}"] {
        assert!(
            matches!(read(body.as_bytes(), &ToolNames::default(), "m"), Err(Error::Rubbish(_))),
            "{body}"
        );
    }
}
