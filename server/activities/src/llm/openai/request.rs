//! From a completion to the protocol's question.

use magone_core::message::{Message, Role};
use serde_json::{Value, json};

use super::names::ToolNames;
use super::wire::{Question, Said};
use crate::llm::Request;
use crate::tools::ToolSpec;

/// The question, and the names that its answer will use.
pub(super) fn question(request: &Request, is_openai: bool) -> (Question, ToolNames) {
    let completion = &request.completion;
    let names = ToolNames::of(request.tools.iter().map(|tool| tool.name.as_str()));
    let mut messages: Vec<_> = completion.messages.iter().map(|message| said(message, &names)).collect();
    let schema = completion.output_schema.as_deref();
    let format = schema.filter(|schema| is_object(schema));
    if let (Some(schema), None) = (schema, format) {
        messages.push(Said {
            role: "system",
            content: Some(format!(
                "Answer with JSON and nothing else. It must fit this JSON Schema: {schema}"
            )),
            tool_calls: Vec::new(),
            tool_call_id: None,
        });
    }
    let question = Question {
        model: request.model.clone(),
        messages,
        tools: request.tools.iter().map(|tool| offered(tool, &names)).collect(),
        response_format: format.map(response_format),
        temperature: completion.temperature,
        max_tokens: completion.max_tokens.filter(|_| !is_openai),
        max_completion_tokens: completion.max_tokens.filter(|_| is_openai),
    };
    (question, names)
}

fn is_object(schema: &Value) -> bool {
    schema.get("type").is_some_and(|kind| kind == "object")
}

fn response_format(schema: &Value) -> Value {
    json!({"type": "json_schema", "json_schema": {"name": "answer", "strict": false, "schema": schema}})
}

fn offered(tool: &ToolSpec, names: &ToolNames) -> Value {
    json!({"type": "function", "function": {
        "name": names.wire(&tool.name),
        "description": tool.description,
        "parameters": tool.parameters,
    }})
}

fn said(message: &Message, names: &ToolNames) -> Said {
    let tool_calls: Vec<_> = message
        .tool_calls
        .iter()
        .map(|call| {
            let arguments = call.arguments.to_string();
            json!({"id": call.id, "type": "function",
                "function": {"name": names.wire(&call.tool), "arguments": arguments}})
        })
        .collect();
    let silent = message.content.is_empty() && !tool_calls.is_empty();
    Said {
        role: match message.role {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => "assistant",
            Role::Tool => "tool",
        },
        content: (!silent).then(|| message.content.clone()),
        tool_calls,
        tool_call_id: message.tool_call_id.clone(),
    }
}

#[cfg(test)]
#[path = "request_test.rs"]
mod tests;
