//! The `demo` script: one tool call in between, then an answer that fits.

use std::sync::Arc;

use magone_core::message::{Message, Role, ToolRequest};
use magone_core::workflow::schema;
use serde_json::{Value, json};

use super::figures::Figures;
use super::instance::{self, Members};
use super::persona;
use crate::llm::Request;

/// The longest quotation of what was asked, in characters.
const QUOTATION: usize = 160;

/// The last thing that the user said; empty where nothing was.
pub(super) fn last_of_user(messages: &[Message]) -> String {
    messages.iter().rev().find(|m| m.role == Role::User).map(|m| m.content.clone()).unwrap_or_default()
}

/// Asks for the first offered tool as long as none has answered, then answers.
pub(super) fn answer(request: &Request) -> Message {
    let answered = request.completion.messages.iter().any(|message| message.role == Role::Tool);
    if answered || request.tools.is_empty() {
        Message::text(Role::Assistant, conclusion(request))
    } else {
        tool_request(request)
    }
}

/// Asks for the first offered tool; for `builtin.echo` where none is offered, as models do that
/// make tools up.
pub(super) fn tool_request(request: &Request) -> Message {
    let quoted = quotation(&last_of_user(&request.completion.messages));
    let (tool, arguments) = match request.tools.first() {
        Some(tool) if !is_echo(&tool.name) => {
            (tool.name.clone(), instance::of(&tool.parameters, Members::Required))
        }
        Some(tool) => (tool.name.clone(), json!({"text": quoted})),
        None => ("builtin.echo".to_owned(), json!({"text": quoted})),
    };
    let id = format!("call_{}", request.completion.messages.len());
    Message {
        tool_calls: vec![ToolRequest { id, tool, arguments: Arc::new(arguments) }],
        ..Message::text(Role::Assistant, "")
    }
}

fn is_echo(tool: &str) -> bool {
    matches!(tool, "echo" | "builtin.echo")
}

fn conclusion(request: &Request) -> String {
    let completion = &request.completion;
    let figures = Figures::of(&completion.messages);
    let known = completion.agent.as_deref().and_then(|agent| persona::answer(agent, &figures));
    match (&completion.output_schema, known) {
        (Some(schema), known) => fitting(schema, known).to_string(),
        (None, Some(known)) => known.to_string(),
        (None, None) => format!("About \"{}\": all is well.", quotation(&last_of_user(&completion.messages))),
    }
}

/// `known` where it fits the schema, with what the schema asks for beyond it where that makes it
/// fit, else a value made from the schema alone.
fn fitting(schema: &Value, known: Option<Value>) -> Value {
    let Ok(compiled) = schema::compile(schema) else {
        return known.unwrap_or(Value::Null);
    };
    let full = instance::of(schema, Members::All);
    let mut candidates = Vec::new();
    if let Some(known) = known {
        candidates.push(instance::completed(known.clone(), &full));
        candidates.insert(0, known);
    }
    candidates.push(full);
    let fits = candidates.into_iter().find(|value| compiled.problems(value).is_empty());
    fits.unwrap_or_else(|| instance::of(schema, Members::Required))
}

fn quotation(text: &str) -> String {
    text.chars().take(QUOTATION).collect()
}
