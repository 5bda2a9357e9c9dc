//! The protocol's JSON, as far as it is used here.

use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Debug, Serialize)]
pub(super) struct Question {
    pub model: String,
    pub messages: Vec<Said>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_format: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_completion_tokens: Option<u32>,
}

#[derive(Debug, Serialize)]
pub(super) struct Said {
    pub role: &'static str,
    /// `null` where a model only asks for tools.
    pub content: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Answered {
    pub model: Option<String>,
    pub choices: Vec<Choice>,
    pub usage: Option<Consumed>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Choice {
    pub message: Spoken,
    pub finish_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Spoken {
    pub content: Option<Content>,
    pub refusal: Option<String>,
    pub tool_calls: Option<Vec<Asked>>,
}

/// Text, or text in parts: some servers answer with the form that questions may have.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Debug, Deserialize)]
pub(super) struct Part {
    #[serde(default)]
    pub text: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    pub id: Option<String>,
    pub function: Function,
}

#[derive(Debug, Deserialize)]
pub(super) struct Function {
    pub name: String,
    /// JSON as text; some servers send the JSON itself.
    #[serde(default)]
    pub arguments: Value,
}

#[derive(Debug, Deserialize)]
pub(super) struct Consumed {
    pub prompt_tokens: u64,
    #[serde(default)]
    pub completion_tokens: u64,
}

/// An error's body.
#[derive(Debug, Deserialize)]
pub(super) struct Complaint {
    pub error: Complained,
}

#[derive(Debug, Deserialize)]
pub(super) struct Complained {
    pub code: Option<Value>,
    #[serde(rename = "type")]
    pub kind: Option<Value>,
}
