//! From the protocol's answer to ours. What a provider says is checked before it is believed.

use std::sync::Arc;

use magone_core::execution::Usage;
use magone_core::json;
use magone_core::message::{Message, Role, ToolRequest};
use serde_json::{Map, Value};

use super::names::ToolNames;
use super::wire::{Answered, Asked, Content};
use crate::error::Error;
use crate::llm::Answer;

/// Tools that one answer may ask for; nobody means more.
const MOST_TOOL_CALLS: usize = 128;
/// How deep arguments may nest: as deep as a caller's own JSON.
const DEEPEST: usize = 64;
/// The longest name of a model that is passed on, in characters.
const LONGEST_MODEL: usize = 200;

/// Reads an answer with a status of success. `asked` is the model that was asked.
pub(super) fn read(body: &[u8], names: &ToolNames, asked: &str) -> Result<Answer, Error> {
    let answered: Answered = serde_json::from_slice(body).map_err(|e| rubbish(&e.to_string()))?;
    let choice = answered.choices.into_iter().next().ok_or_else(|| rubbish("there is no choice"))?;
    let reason = choice.finish_reason.as_deref().unwrap_or_default();
    if reason == "content_filter" {
        return Err(Error::Filtered("the answer ended with finish_reason content_filter".to_owned()));
    }
    let spoken = choice.message;
    let tool_calls = requests(spoken.tool_calls.unwrap_or_default(), names)?;
    let content = spoken.content.map(text).or(spoken.refusal);
    if content.is_none() && tool_calls.is_empty() && reason != "length" {
        return Err(rubbish("the message has neither text nor tool calls"));
    }
    let usage = answered.usage.map_or_else(Usage::default, |used| Usage {
        input_tokens: used.prompt_tokens,
        output_tokens: used.completion_tokens,
        cost_micros: 0,
    });
    let model = answered.model.filter(|model| !model.is_empty()).unwrap_or_else(|| asked.to_owned());
    Ok(Answer {
        message: Message { tool_calls, ..Message::text(Role::Assistant, content.unwrap_or_default()) },
        usage,
        model: model.chars().take(LONGEST_MODEL).collect(),
    })
}

fn text(content: Content) -> String {
    match content {
        Content::Text(text) => text,
        Content::Parts(parts) => parts.into_iter().map(|part| part.text).collect(),
    }
}

fn requests(asked: Vec<Asked>, names: &ToolNames) -> Result<Vec<ToolRequest>, Error> {
    if asked.len() > MOST_TOOL_CALLS {
        return Err(rubbish("the message asks for more than 128 tools"));
    }
    let request = |(place, call): (usize, Asked)| {
        let id = call.id.filter(|id| !id.is_empty()).unwrap_or_else(|| format!("call_{place}"));
        let arguments = Arc::new(arguments(call.function.arguments)?);
        Ok(ToolRequest { id, tool: names.tool(&call.function.name), arguments })
    };
    asked.into_iter().enumerate().map(request).collect()
}

/// Arguments are an object in a string. Nothing at all stands for no arguments.
fn arguments(sent: Value) -> Result<Value, Error> {
    let value = match sent {
        Value::Null => Value::Object(Map::new()),
        Value::String(text) if text.trim().is_empty() => Value::Object(Map::new()),
        Value::String(text) => serde_json::from_str(&text)
            .map_err(|e| rubbish(&format!("the arguments of a tool call are no JSON: {e}")))?,
        value => value,
    };
    if !value.is_object() {
        return Err(rubbish("the arguments of a tool call are no object"));
    }
    if json::depth(&value) > DEEPEST {
        return Err(rubbish("the arguments of a tool call nest too deep"));
    }
    Ok(value)
}

fn rubbish(why: &str) -> Error {
    Error::Rubbish(format!("the answer is not understood: {why}"))
}

#[cfg(test)]
#[path = "answer_test.rs"]
mod tests;
