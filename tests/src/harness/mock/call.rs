//! What the provider was asked.

use serde_json::Value;

/// One call as it arrived.
#[derive(Clone, Debug)]
pub struct Call {
    /// Its place among all calls, from 0.
    pub place: usize,
    /// How often this idempotency key was seen before.
    pub before: usize,
    /// `Idempotency-Key`.
    pub key: String,
    /// `Authorization`.
    pub authorization: String,
    /// The question.
    pub body: Value,
}

impl Call {
    /// The run that asks.
    pub fn execution(&self) -> &str {
        self.key.split_once(':').map(|(execution, _)| execution).expect("a key names its run")
    }

    /// What it asks for inside the run: the path of the step, the call and the attempt.
    pub fn act(&self) -> &str {
        self.key.split_once(':').map(|(_, act)| act).expect("a key names its act")
    }

    /// Whether a tool answered already.
    pub fn has_tool_result(&self) -> bool {
        let messages = self.body["messages"].as_array().expect("a question has messages");
        messages.iter().any(|message| message["role"] == "tool")
    }
}
