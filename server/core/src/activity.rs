//! Activities: what a run asks of the world. The names are the source's (`llm_completion`,
//! `execute_tool`, `retrieve_knowledge`).

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::ErrorCode;
use crate::execution::Usage;
use crate::failure::Failure;
use crate::json::Json;
use crate::knowledge::{Hit, Retrieval};
use crate::message::Message;

/// How long an attempt may take where the definition says nothing, in milliseconds.
pub const DEFAULT_TIMEOUT_MS: u64 = 600_000;

/// One thing to be done outside, fully described.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "activity", rename_all = "snake_case")]
pub enum Activity {
    /// One answer of a model.
    LlmCompletion(Completion),
    /// One call of a tool.
    ExecuteTool(ToolCall),
    /// One search in a collection.
    RetrieveKnowledge(Retrieval),
}

impl Activity {
    /// The activity's registered name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::LlmCompletion(_) => "llm_completion",
            Self::ExecuteTool(_) => "execute_tool",
            Self::RetrieveKnowledge(_) => "retrieve_knowledge",
        }
    }
}

/// A request to a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Completion {
    /// `provider/name`.
    pub model: String,
    /// The conversation so far, instructions first.
    pub messages: Vec<Message>,
    /// Names of the tools that the model may ask for.
    pub tools: Vec<String>,
    /// Names of the collections that it may search.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub knowledge: Vec<String>,
    /// JSON Schema of the answer, where a structured one is wanted.
    pub output_schema: Option<Json>,
    /// Sampling temperature.
    pub temperature: Option<f64>,
    /// Cap on the answer's tokens.
    pub max_tokens: Option<u32>,
    /// The agent that asks; `None` for an `llm` step. The scripted provider goes by it.
    pub agent: Option<String>,
}

/// A call of one tool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// `builtin.<name>` or `<server>.<name>`.
    pub tool: String,
    /// Its arguments.
    pub arguments: Json,
}

/// What comes back from an activity that worked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "activity", rename_all = "snake_case")]
pub enum ActivityOutput {
    /// A model's answer.
    LlmCompletion {
        /// The message.
        message: Message,
        /// What it consumed.
        usage: Usage,
        /// The model that answered, `provider/name`.
        model: String,
    },
    /// A tool's output.
    ExecuteTool {
        /// Any JSON.
        output: Value,
    },
    /// What a search found.
    RetrieveKnowledge {
        /// The best ones first; none where nothing fits.
        hits: Vec<Hit>,
    },
}

/// What comes back from an activity that did not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityError {
    /// Public and internal face.
    pub failure: Failure,
    /// Whether another attempt may work.
    pub retry: RetryClass,
}

/// Whether another attempt may work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryClass {
    /// The same request will fail again.
    Never,
    /// After the step's own pause.
    Backoff,
    /// Not before this many milliseconds (a provider's `Retry-After`).
    After(u64),
}

impl ActivityError {
    /// A failure that another attempt cannot mend.
    #[must_use]
    pub fn permanent(failure: Failure) -> Self {
        Self { failure, retry: RetryClass::Never }
    }

    /// The attempt took longer than it may.
    #[must_use]
    pub fn too_slow(limit: Duration) -> Self {
        let sentence = format!("The step did not answer within {} seconds", limit.as_secs_f64());
        Self::transient(Failure::new(ErrorCode::StepTimeout, sentence))
    }

    /// The code that did it panicked.
    #[must_use]
    pub fn panicked() -> Self {
        Self::permanent(Failure::new(ErrorCode::Internal, "The step ended because of a fault of the server"))
    }

    /// A failure that may pass.
    #[must_use]
    pub fn transient(failure: Failure) -> Self {
        Self { failure, retry: RetryClass::Backoff }
    }
}
