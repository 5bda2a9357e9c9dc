//! Agents: a model with instructions and tools.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An agent as an admin writes it. Every version is immutable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "rules", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// Unique id, a slug.
    pub id: String,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `provider/name`, for example `openai/gpt-4o-mini` or `scripted/demo`.
    pub model: String,
    /// Sampling temperature, 0 to 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Cap on the tokens of one answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// Models to try, in order, when the first one fails for good.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fallbacks: Vec<String>,
    /// What the model is told; a template.
    #[serde(default)]
    pub instructions: String,
    /// Tools it may call: `builtin.<name>` or `<server>.<name>`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<String>,
    /// Collections of the tenant that it may search, with the tool `retrieve_knowledge`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub knowledge: Vec<String>,
    /// Agents it may call as tools.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sub_agents: Vec<String>,
    /// JSON Schema that its answer has to fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_schema: Option<Value>,
    /// Model turns that it may take, 1 to 100.
    #[serde(default = "default_max_turns")]
    pub max_turns: u32,
}

/// Model turns where an agent names no number.
#[must_use]
pub fn default_max_turns() -> u32 {
    10
}
