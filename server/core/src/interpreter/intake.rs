//! What comes in from tools and models, made fit for the log: U+0000 becomes U+FFFD. The character is
//! good JSON, but PostgreSQL takes it in no text, and a run whose last events cannot be written would
//! never end.

use serde_json::Value;

use crate::activity::{ActivityError, ActivityOutput};
use crate::json::Json;
use crate::knowledge::Hit;
use crate::message::Message;

const NUL: char = '\0';

/// The outcome of an activity without U+0000.
pub(super) fn fit(result: Result<ActivityOutput, ActivityError>) -> Result<ActivityOutput, ActivityError> {
    match result {
        Ok(ActivityOutput::ExecuteTool { output }) => {
            Ok(ActivityOutput::ExecuteTool { output: value(output) })
        }
        Ok(ActivityOutput::RetrieveKnowledge { hits }) => {
            Ok(ActivityOutput::RetrieveKnowledge { hits: hits.into_iter().map(hit).collect() })
        }
        Ok(ActivityOutput::LlmCompletion { message: said, usage, model }) => {
            Ok(ActivityOutput::LlmCompletion { message: message(said), usage, model: text(model) })
        }
        Err(mut error) => {
            error.failure.error = text(error.failure.error);
            error.failure.detail = error.failure.detail.map(text);
            Err(error)
        }
    }
}

fn message(mut message: Message) -> Message {
    message.content = text(message.content);
    for call in &mut message.tool_calls {
        call.id = text(std::mem::take(&mut call.id));
        call.tool = text(std::mem::take(&mut call.tool));
        if has_nul(&call.arguments) {
            call.arguments = Json::new(value((*call.arguments).clone()));
        }
    }
    message
}

fn hit(hit: Hit) -> Hit {
    Hit {
        id: text(hit.id),
        text: text(hit.text),
        score: hit.score,
        source: hit.source.map(text),
        metadata: hit.metadata.into_iter().map(|(key, inner)| (text(key), value(inner))).collect(),
    }
}

/// Does not look for what is not there: almost every value comes out as it went in.
fn value(value: Value) -> Value {
    if has_nul(&value) { replaced(value) } else { value }
}

fn text(text: String) -> String {
    if text.contains(NUL) { text.replace(NUL, "\u{fffd}") } else { text }
}

fn has_nul(value: &Value) -> bool {
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) if text.contains(NUL) => return true,
            Value::Array(items) => open.extend(items),
            Value::Object(members) => {
                if members.keys().any(|key| key.contains(NUL)) {
                    return true;
                }
                open.extend(members.values());
            }
            _ => {}
        }
    }
    false
}

fn replaced(value: Value) -> Value {
    match value {
        Value::String(inner) => Value::String(text(inner)),
        Value::Array(items) => items.into_iter().map(replaced).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(key, inner)| (text(key), replaced(inner))).collect()
        }
        scalar => scalar,
    }
}
