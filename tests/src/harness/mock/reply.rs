//! What the provider does with one call.

use serde_json::{Value, json};

use super::Call;

/// What the provider does with one call.
#[derive(Clone, Debug)]
pub enum Reply {
    /// A message.
    Say(String),
    /// Asks for the first tool that is offered, with these arguments.
    UseTool(Value),
    /// A status with headers and a body.
    Status(u16, Vec<(&'static str, String)>, String),
    /// The reply once the test releases it.
    Held(Box<Reply>),
    /// Nothing, and the connection stays open.
    Silence,
    /// Nothing, and the connection closes.
    Close,
    /// An answer with no end: 10 GiB.
    Endless,
}

impl Reply {
    /// A message once the test releases it.
    pub fn held(text: &str) -> Self {
        Self::Held(Box::new(Self::Say(text.to_owned())))
    }

    /// Head and body of an answer that has an end.
    pub(super) fn bytes(&self, call: &Call) -> Vec<u8> {
        let (status, headers, body) = match self {
            Self::Say(text) => {
                (200, Vec::new(), completion(json!({"role": "assistant", "content": text}), "stop"))
            }
            Self::UseTool(arguments) => {
                let name = &call.body["tools"][0]["function"]["name"];
                let function = json!({"name": name, "arguments": arguments.to_string()});
                let calls = json!([{"id": "call_1", "type": "function", "function": function}]);
                let message = json!({"role": "assistant", "content": null, "tool_calls": calls});
                (200, Vec::new(), completion(message, "tool_calls"))
            }
            Self::Status(status, headers, body) => (*status, headers.clone(), body.clone()),
            Self::Held(inner) => return inner.bytes(call),
            Self::Silence | Self::Close | Self::Endless => unreachable!("has no bytes"),
        };
        let mut head = format!("HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
    }
}

fn completion(message: Value, reason: &str) -> String {
    let choice = json!({"index": 0, "message": message, "finish_reason": reason});
    let usage = json!({"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12});
    json!({"object": "chat.completion", "model": "mock", "choices": [choice], "usage": usage}).to_string()
}
