//! What bounds a single value or message, whoever made it: a template, a tool, a model.
//!
//! The log is JSON and is read back by a parser that stops at 128 levels. A value that nests deeper
//! would make the log of its run unreadable, so it is refused before it gets there.

use serde_json::Value;

use crate::error::ErrorCode;
use crate::failure::Failure;
use crate::json;
use crate::message::Message;

/// Levels of a value; leaves room for what the log and the projection put around it.
pub(super) const MAX_DEPTH: usize = 96;

/// About the bytes of a value as text: 8 MiB.
pub(super) const MAX_BYTES: usize = 8 << 20;

/// About the bytes of the outputs of a run's steps together: 64 MiB.
pub(super) const MAX_RUN_BYTES: usize = 64 << 20;

/// Bytes of a conversation: 16 MiB, far more than any model reads.
pub(super) const MAX_CONVERSATION_BYTES: usize = 16 << 20;

/// Tool calls that one message may ask for.
pub(super) const MAX_TOOL_CALLS: usize = 128;

/// What is wrong with a value; `None` when it fits.
pub(super) fn excess(value: &Value) -> Option<String> {
    if json::depth(value) > MAX_DEPTH {
        return Some(format!("nests deeper than {MAX_DEPTH} levels"));
    }
    (weight(value) > MAX_BYTES).then(|| format!("is larger than {} MiB", MAX_BYTES >> 20))
}

/// Refuses a value that is too deep or too large; `what` begins the sentence.
///
/// # Errors
/// A failure with `code`.
pub(super) fn check(value: &Value, code: ErrorCode, what: &str) -> Result<(), Failure> {
    match excess(value) {
        Some(excess) => Err(Failure::new(code, format!("{what} {excess}"))),
        None => Ok(()),
    }
}

/// Refuses a message that asks for more than a model may ask for in one turn. Nothing of it gets
/// into the log.
///
/// # Errors
/// A failure with code `invalid_output`.
pub(super) fn check_message(message: &Message) -> Result<(), Failure> {
    let refuse = |sentence: String| Err(Failure::new(ErrorCode::InvalidOutput, sentence));
    let calls = message.tool_calls.len();
    if calls > MAX_TOOL_CALLS {
        return refuse(format!(
            "The model asked for {calls} tool calls in one message; at most {MAX_TOOL_CALLS} are allowed"
        ));
    }
    if bytes(message) > MAX_BYTES {
        return refuse(format!("The model's message is larger than {} MiB", MAX_BYTES >> 20));
    }
    let what = "An argument of a tool call of the model";
    message.tool_calls.iter().try_for_each(|call| check(&call.arguments, ErrorCode::InvalidOutput, what))
}

/// About the bytes of a message.
pub(super) fn bytes(message: &Message) -> usize {
    let calls =
        message.tool_calls.iter().map(|call| call.id.len() + call.tool.len() + weight(&call.arguments));
    message.content.len() + calls.sum::<usize>()
}

/// About the bytes of a value as text. Does not recurse, so that no value can exhaust the stack.
pub(super) fn weight(value: &Value) -> usize {
    const SCALAR: usize = 8;
    let mut bytes = 0_usize;
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        bytes += SCALAR;
        match value {
            Value::String(text) => bytes += text.len(),
            Value::Array(items) => open.extend(items),
            Value::Object(members) => {
                bytes += members.keys().map(String::len).sum::<usize>();
                open.extend(members.values());
            }
            _ => {}
        }
    }
    bytes
}
