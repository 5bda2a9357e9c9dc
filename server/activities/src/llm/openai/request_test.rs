use std::sync::Arc;

use magone_core::activity::Completion;
use magone_core::message::ToolRequest;

use super::*;
use crate::tools::Toolbox;

fn request() -> Request {
    let tools = vec!["builtin.echo".to_owned(), "current_time".to_owned()];
    let toolbox = Toolbox::builtin().unwrap();
    Request {
        model: "gpt-4o-mini".to_owned(),
        tools: tools.iter().map(|tool| toolbox.spec(tool).unwrap()).collect(),
        completion: Completion {
            model: "openai/gpt-4o-mini".to_owned(),
            messages: vec![Message::text(Role::System, "Be brief."), Message::text(Role::User, "Hi")],
            tools,
            knowledge: Vec::new(),
            output_schema: None,
            temperature: None,
            max_tokens: None,
            agent: None,
        },
        idempotency_key: "exec_1:a#t1@1".to_owned(),
        speech: Default::default(),
    }
}

fn sent(request: &Request, is_openai: bool) -> Value {
    serde_json::to_value(question(request, is_openai).0).unwrap()
}

#[test]
fn what_is_not_asked_for_is_not_sent() {
    let mut request = request();
    request.completion.tools.clear();
    request.tools.clear();
    assert_eq!(
        sent(&request, true),
        json!({"model": "gpt-4o-mini", "messages": [
            {"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]})
    );
}

#[test]
fn tools_are_functions_with_names_that_the_protocol_takes() {
    let sent = sent(&request(), true);
    let names: Vec<_> = sent["tools"].as_array().unwrap().iter().map(|t| &t["function"]["name"]).collect();
    assert_eq!(names, ["builtin__echo", "current_time"]);
    assert_eq!(sent["tools"][0]["type"], "function");
    assert_eq!(sent["tools"][0]["function"]["parameters"]["type"], "object");
    assert!(!sent["tools"][0]["function"]["description"].as_str().unwrap().is_empty());
}

#[test]
fn a_tool_call_and_its_answer_travel_back() {
    let mut request = request();
    request.completion.messages.push(Message {
        tool_calls: vec![ToolRequest {
            id: "call_1".to_owned(),
            tool: "builtin.echo".to_owned(),
            arguments: Arc::new(json!({"text": "x"})),
        }],
        ..Message::text(Role::Assistant, "")
    });
    request.completion.messages.push(Message::tool_answer("call_1", r#"{"text":"x"}"#));
    let sent = sent(&request, true);
    assert_eq!(
        sent["messages"][2],
        json!({"role": "assistant", "content": null, "tool_calls": [{"id": "call_1", "type": "function",
            "function": {"name": "builtin__echo", "arguments": r#"{"text":"x"}"#}}]})
    );
    assert_eq!(
        sent["messages"][3],
        json!({"role": "tool", "content": r#"{"text":"x"}"#, "tool_call_id": "call_1"})
    );
}

#[test]
fn the_cap_on_the_answer_has_the_word_that_the_server_knows() {
    let mut request = request();
    request.completion.max_tokens = Some(50);
    request.completion.temperature = Some(0.2);
    let (openai, other) = (sent(&request, true), sent(&request, false));
    assert_eq!((&openai["max_completion_tokens"], openai.get("max_tokens")), (&json!(50), None));
    assert_eq!((&other["max_tokens"], other.get("max_completion_tokens")), (&json!(50), None));
    assert_eq!(openai["temperature"], 0.2);
}

#[test]
fn a_schema_is_a_response_format_or_where_the_protocol_forbids_it_words() {
    let mut request = request();
    let object = json!({"type": "object", "required": ["n"]});
    request.completion.output_schema = Some(Arc::new(object.clone()));
    let with_object = sent(&request, true);
    assert_eq!(
        with_object["response_format"],
        json!({"type": "json_schema", "json_schema": {"name": "answer", "strict": false, "schema": object}})
    );
    assert_eq!(with_object["messages"].as_array().unwrap().len(), 2);

    request.completion.output_schema = Some(Arc::new(json!({"type": "array"})));
    let with_list = sent(&request, true);
    assert_eq!(with_list.get("response_format"), None);
    assert_eq!(with_list["messages"][2]["role"], "system");
    assert!(with_list["messages"][2]["content"].as_str().unwrap().contains(r#"{"type":"array"}"#));
}
