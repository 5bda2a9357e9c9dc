//! The format of a workflow definition, version 1. See `parse` for reading it from text.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::execution::ResultMode;
use crate::knowledge::DEFAULT_TOP_K;

/// One thing that is wrong with a definition, an agent or a request body.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "rules", derive(schemars::JsonSchema), schemars(rename = "ProblemItem"))]
pub struct Problem {
    /// Where: a JSON pointer (RFC 6901) into the document.
    pub pointer: String,
    /// What, and how to mend it: one sentence.
    pub detail: String,
}

impl Problem {
    /// A problem at `pointer`.
    #[must_use]
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }
}

/// A workflow definition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "rules", derive(schemars::JsonSchema), schemars(extend("unevaluatedProperties" = false)))]
pub struct Definition {
    /// Unique id, a slug.
    pub id: String,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where a run begins.
    pub entry_step: String,
    /// Defaults of the caller's context.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub context: Map<String, Value>,
    /// Context keys that a caller may set; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overridable: Option<Vec<String>>,
    /// Server-side values; no caller ever sees or changes them.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub config: Map<String, Value>,
    /// JSON Schema of the input; absent: the input is a string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_schema: Option<Value>,
    /// JSON Schema of the output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_schema: Option<Value>,
    /// Template of the output; absent: the last step's output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// How the output becomes the result.
    #[serde(default)]
    pub result_mode: ResultMode,
    /// Bounds of a run.
    #[serde(default)]
    pub limits: Limits,
    /// The steps, in any order.
    pub steps: Vec<Step>,
}

/// Bounds of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "rules", derive(schemars::JsonSchema), schemars(extend("unevaluatedProperties" = false)))]
#[serde(default)]
pub struct Limits {
    /// From start to end, in seconds; 1 to 31,536,000 (a year).
    pub timeout_seconds: u64,
    /// How long a synchronous call waits before it answers 202, in seconds; 1 to 3,600.
    pub sync_wait_seconds: u64,
    /// Steps that may begin; 1 to 10,000.
    pub max_steps: u32,
    /// Tokens in both directions.
    pub max_tokens: Option<u64>,
    /// Cost in US dollars.
    pub max_cost_usd: Option<f64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout_seconds: 86_400,
            sync_wait_seconds: 300,
            max_steps: 1_000,
            max_tokens: None,
            max_cost_usd: None,
        }
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "rules", derive(schemars::JsonSchema), schemars(extend("unevaluatedProperties" = false)))]
pub struct Step {
    /// Unique in the definition: `[A-Za-z_][A-Za-z0-9_]{0,63}`, since it is a name in templates.
    pub id: String,
    /// The step after it; absent: the end of its sequence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// How failed activities are tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// Seconds that the step may take: for `tool`, `llm` and `knowledge` each attempt, for every other
    /// kind the whole step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u64>,
    /// What happens when it fails for good; absent: the run fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_error: Option<OnError>,
    /// Template of the row's title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// What it does.
    #[serde(flatten)]
    pub kind: StepKind,
}

/// What follows a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "rules", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// The sequence goes on with `next`; the step's output is null.
    Continue,
    /// The sequence goes on with this step instead of `next`.
    #[serde(untagged)]
    Next {
        /// The step.
        next: String,
    },
}

/// How failed activities are tried again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "rules", derive(schemars::JsonSchema), schemars(extend("unevaluatedProperties" = false)))]
#[serde(default)]
pub struct Retry {
    /// Attempts in all, 1 to 100.
    pub max_attempts: u32,
    /// Pause before the second attempt, in milliseconds.
    pub initial_interval_ms: u64,
    /// Factor of every further pause, 1 to 10.
    pub backoff: f64,
    /// Cap of the pauses, in milliseconds.
    pub max_interval_ms: u64,
}

impl Default for Retry {
    fn default() -> Self {
        Self { max_attempts: 3, initial_interval_ms: 500, backoff: 2.0, max_interval_ms: 30_000 }
    }
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "rules", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum StepKind {
    /// Runs an agent to its answer.
    Agent {
        /// The agent's id.
        agent: String,
        /// What it is asked; a template. Absent: the run's input.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        input: Option<Value>,
        /// JSON Schema of the answer; wins over the agent's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        output_schema: Option<Value>,
        /// Model turns; wins over the agent's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_turns: Option<u32>,
    },
    /// One completion.
    Llm {
        /// `provider/name`; absent: the `model` of the definition's `config`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<String>,
        /// Instructions; a template.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        system: Option<String>,
        /// What is asked; a template.
        prompt: String,
        /// JSON Schema of the answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        output_schema: Option<Value>,
    },
    /// One tool call.
    Tool {
        /// The tool's name.
        tool: String,
        /// Its arguments; strings are templates.
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        arguments: Map<String, Value>,
    },
    /// One search in a collection of the tenant. The output is the list of the hits, each with `id`,
    /// `text`, `score`, `source` and `metadata`.
    Knowledge {
        /// The collection's name.
        collection: String,
        /// What is looked for; a template.
        query: String,
        /// Hits at most; 1 to 50.
        #[serde(default = "default_top_k")]
        top_k: u32,
        /// What a hit's metadata has to say: members with a value, or a list of which one value has
        /// to be there; strings are templates.
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        filter: Map<String, Value>,
    },
    /// The first case that holds, else `default`.
    Branch {
        /// Tried in order.
        cases: Vec<BranchCase>,
        /// Absent: the end of the sequence.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        default: Option<String>,
    },
    /// Sequences side by side, joined.
    Parallel {
        /// First steps of the sequences.
        branches: Vec<String>,
        /// What one failure does to the others.
        #[serde(default)]
        fail: FailMode,
    },
    /// One sequence for each of many items, some of them side by side.
    Map {
        /// The items: a list, or a template that gives one.
        items: Value,
        /// The item's name in the templates inside.
        #[serde(default = "item", rename = "as")]
        item: String,
        /// The steps of the sequence, in their order: one without a `next` goes on with the one
        /// behind it.
        steps: Vec<String>,
        /// Items under way at the same time; 1 to 100.
        #[serde(default = "ten")]
        max_concurrency: u32,
    },
    /// One sequence again and again.
    Loop {
        /// An expression that is looked at before each round. Of the steps inside it sees what they
        /// came to in the round before, null before the first.
        #[serde(rename = "while")]
        condition: String,
        /// The steps of the sequence, as those of a `map`.
        steps: Vec<String>,
        /// Rounds, after which the step ends although the condition holds; 1 to 1,000.
        max_iterations: u32,
    },
    /// Waits for somebody's decision; with `timeout_seconds` not for ever.
    Approval {
        /// What is asked; a template.
        prompt: String,
        /// JSON Schema of what they fill in, the step's output.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        schema: Option<Value>,
        /// What follows when nobody decided in time.
        #[serde(default)]
        on_timeout: OnTimeout,
    },
    /// Another definition as a run of its own.
    Workflow {
        /// The definition's id. A run keeps to the version that was the latest when it began.
        workflow: String,
        /// What it is asked; a template. Absent: the run's input.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        input: Option<Value>,
        /// Overlays its context; strings are templates.
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        context: Map<String, Value>,
    },
    /// A durable timer: exactly one of the two members.
    Wait {
        /// Seconds from now; a number or a template.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seconds: Option<Value>,
        /// A time as in RFC 3339; a template.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<String>,
    },
    /// Shapes data.
    Transform {
        /// Any JSON; strings are templates.
        value: Value,
    },
    /// Ends the run.
    Fail {
        /// The run's `code`, `[a-z][a-z0-9_]{0,63}`; a template. Absent: `failed`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// The sentence; a template.
        message: String,
    },
}

impl StepKind {
    /// Every kind, as written in `type`.
    pub const NAMES: [&'static str; 13] = [
        "agent",
        "llm",
        "tool",
        "knowledge",
        "branch",
        "parallel",
        "map",
        "loop",
        "approval",
        "workflow",
        "wait",
        "transform",
        "fail",
    ];

    /// The word in `type`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Agent { .. } => "agent",
            Self::Llm { .. } => "llm",
            Self::Tool { .. } => "tool",
            Self::Knowledge { .. } => "knowledge",
            Self::Branch { .. } => "branch",
            Self::Parallel { .. } => "parallel",
            Self::Map { .. } => "map",
            Self::Loop { .. } => "loop",
            Self::Approval { .. } => "approval",
            Self::Workflow { .. } => "workflow",
            Self::Wait { .. } => "wait",
            Self::Transform { .. } => "transform",
            Self::Fail { .. } => "fail",
        }
    }
}

fn item() -> String {
    "item".to_owned()
}

fn ten() -> u32 {
    10
}

fn default_top_k() -> u32 {
    DEFAULT_TOP_K
}

/// One case of a `branch`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "rules", derive(schemars::JsonSchema), schemars(extend("unevaluatedProperties" = false)))]
pub struct BranchCase {
    /// An expression.
    pub when: String,
    /// The step that follows when it holds.
    pub next: String,
}

/// What follows when nobody decided in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "rules", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OnTimeout {
    /// The step completes; its output is null.
    Approve,
    /// The step fails with `approval_rejected`.
    Reject,
    /// The step fails with `step_timeout`.
    #[default]
    Fail,
}

/// What one failing branch does to the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "rules", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FailMode {
    /// The others are stopped.
    #[default]
    Fast,
    /// The others run to their end.
    Wait,
}
