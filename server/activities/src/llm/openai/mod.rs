//! OpenAI's chat completions, and every server that speaks the same protocol.
//!
//! Choices that the protocol leaves open:
//! - **Cap on the answer**: `max_completion_tokens` towards OpenAI itself, whose newer models refuse
//!   the older word; `max_tokens` towards every other server, most of which know only that one.
//! - **Structured answers**: `response_format` of type `json_schema` with `strict: false`, because
//!   strict mode takes only a part of JSON Schema and the answer is checked here anyway. The protocol
//!   wants an object at the schema's root; any other schema is told to the model in words.
//! - **Tool names**: letters, digits, `_` and `-` alone, so `builtin.echo` travels as
//!   `builtin__echo`.

mod answer;
mod client;
mod names;
mod redaction;
mod refusal;
mod request;
mod settings;
mod wire;

pub use client::OpenAi;
pub use settings::OpenAiSettings;
