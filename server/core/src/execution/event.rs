//! The one log of a run. It makes the run durable, and the live view, the stream, the webhook and
//! the audit read it. Tenants see the public face of each only (`face.rs`).

use serde::{Deserialize, Serialize};

use super::{Budget, Decision, Parent, Pins, ResultMode, RetryOf, Usage};
use crate::failure::{Failure, FailureCode};
use crate::ids::ExecutionId;
use crate::json::Json;
use crate::message::Message;
use crate::path::StepPath;
use crate::time::Timestamp;

pub use crate::message::ToolRequest;

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Place in the log, from 1, without gaps.
    pub seq: u64,
    /// When it was decided.
    pub time: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// Why something is done again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryReason {
    /// The attempt failed in a way that may pass.
    Error,
    /// The process died while the attempt was under way; same attempt, same idempotency key.
    InDoubt,
    /// The process is shutting down in order and stopped the attempt; it waits for the next start.
    Interrupted,
    /// The next start goes on with an interrupted attempt; same attempt, same key.
    Resumed,
}

/// What a timer was started for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimerReason {
    /// A `wait` step.
    Wait,
}

/// What happened. Past tense; the names are the contract's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum EventKind {
    /// The run was accepted: everything that it is pinned to.
    #[serde(rename = "execution.created")]
    ExecutionCreated {
        /// The tenant's name for the workflow.
        workflow_slug: String,
        /// What the caller sent.
        input: Json,
        /// The definition's defaults overlaid with the caller's.
        context: Json,
        /// The caller's session.
        session_id: Option<String>,
        /// Versions.
        pins: Pins,
        /// Version of the interpreter that decides this run to its end.
        interpreter_version: u32,
        /// Steps that the definition has.
        steps_total: u32,
        /// How the result is shaped.
        result_mode: ResultMode,
        /// The run that started this one (internal but for its id).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<Parent>,
        /// The run that this one tries again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_of: Option<RetryOf>,
    },
    /// The run waits for a place.
    #[serde(rename = "execution.queued")]
    ExecutionQueued {},
    /// The run began.
    #[serde(rename = "execution.started")]
    ExecutionStarted {},
    /// A step began.
    #[serde(rename = "step.started")]
    StepStarted {
        /// Where in the tree of steps.
        step: StepPath,
        /// The kind of step, as written in the definition.
        kind: String,
        /// The step's `summary`, rendered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        /// First step of the branch that it belongs to, inside a `parallel`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        branch: Option<String>,
        /// What the step was given, rendered (internal).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request: Option<Json>,
        /// It is not done again: it began, and mostly ended, in the run that this one tries again.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        reused: bool,
    },
    /// A step ended with an output.
    #[serde(rename = "step.completed")]
    StepCompleted {
        /// Where in the tree of steps.
        step: StepPath,
        /// Its output (internal: it may carry what the definition keeps from callers).
        output: Json,
    },
    /// A step ended without an output.
    #[serde(rename = "step.failed")]
    StepFailed {
        /// Where in the tree of steps.
        step: StepPath,
        /// Why.
        failure: Failure,
        /// Whether `on_error` lets the run go on.
        handled: bool,
    },
    /// An activity of a step will be done again.
    #[serde(rename = "step.retrying")]
    StepRetrying {
        /// Where in the tree of steps.
        step: StepPath,
        /// Which activity of the step: the name inside its obligation id.
        call: String,
        /// The attempt to come, from 1.
        attempt: u32,
        /// The fallback model that takes over, from 1, where the call goes to another model.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fallback: Option<u32>,
        /// Why.
        reason: RetryReason,
        /// Not before this time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_at: Option<Timestamp>,
        /// What went wrong, when something did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failure: Option<Failure>,
    },
    /// An agent began its turns.
    #[serde(rename = "agent.started")]
    AgentStarted {
        /// Where in the tree of steps.
        step: StepPath,
        /// The agent's id.
        agent: String,
        /// Instructions and input as the model sees them (internal).
        messages: Vec<Message>,
    },
    /// An agent came to its answer.
    #[serde(rename = "agent.completed")]
    AgentCompleted {
        /// Where in the tree of steps.
        step: StepPath,
        /// The agent's id.
        agent: String,
        /// Model turns that it took.
        turns: u32,
    },
    /// A model gave a message.
    #[serde(rename = "message.completed")]
    MessageCompleted {
        /// Where in the tree of steps.
        step: StepPath,
        /// Model turn of the step, from 1.
        turn: u32,
        /// The message; its tool calls' arguments are internal.
        message: Message,
        /// What the model was asked to mend, when its answer did not fit the schema (internal).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        repair: Option<String>,
    },
    /// A tool is about to be called.
    #[serde(rename = "tool.called")]
    ToolCalled {
        /// Where in the tree of steps.
        step: StepPath,
        /// Model turn that asked for it; 0 for a `tool` step.
        turn: u32,
        /// Which call of the turn.
        call_id: String,
        /// The tool's name.
        tool: String,
        /// Its arguments (internal).
        arguments: Json,
    },
    /// A tool answered.
    #[serde(rename = "tool.result")]
    ToolResult {
        /// Where in the tree of steps.
        step: StepPath,
        /// Model turn that asked for it; 0 for a `tool` step.
        turn: u32,
        /// Which call of the turn.
        call_id: String,
        /// The tool's name.
        tool: String,
        /// Its output, or why there is none (internal).
        result: Result<Json, Failure>,
    },
    /// A search in a collection found what it found.
    #[serde(rename = "knowledge.retrieved")]
    KnowledgeRetrieved {
        /// Where in the tree of steps.
        step: StepPath,
        /// Model turn that asked for it; 0 for a `knowledge` step.
        turn: u32,
        /// Which call of the turn.
        call_id: String,
        /// The collection's name.
        collection: String,
        /// How many passages. What they say is in the step's output, or in the tool's result.
        hits: u32,
    },
    /// Somebody has to decide before the step goes on.
    #[serde(rename = "approval.required")]
    ApprovalRequired {
        /// Where in the tree of steps.
        step: StepPath,
        /// Its name in the path that takes the decision.
        approval_id: String,
        /// What is asked, rendered.
        prompt: String,
        /// JSON Schema of the data that goes with an approval.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        schema: Option<Json>,
        /// When it is too late.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<Timestamp>,
    },
    /// Somebody decided, or nobody did in time.
    #[serde(rename = "approval.resolved")]
    ApprovalResolved {
        /// Where in the tree of steps.
        step: StepPath,
        /// Which approval.
        approval_id: String,
        /// What was decided (its data and who decided are internal).
        #[serde(flatten)]
        decision: Decision,
        /// Whether it follows from the step's `on_timeout` alone.
        #[serde(default)]
        timed_out: bool,
    },
    /// Another run is about to be started, and is waited for.
    #[serde(rename = "child.started")]
    ChildStarted {
        /// Where in the tree of steps.
        step: StepPath,
        /// The child, a run of its own; not there where it was refused before its first step.
        execution_id: ExecutionId,
        /// Id of its definition (internal).
        workflow: String,
        /// What it is asked (internal).
        input: Json,
        /// What overlays its definition's context (internal).
        context: Json,
        /// What it may use (internal).
        budget: Budget,
    },
    /// The child ended.
    #[serde(rename = "child.ended")]
    ChildEnded {
        /// Where in the tree of steps.
        step: StepPath,
        /// The child.
        execution_id: ExecutionId,
        /// Why it failed; absent where it has an output.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<FailureCode>,
        /// Steps that it began.
        steps: u32,
        /// What it consumed.
        usage: Usage,
        /// What the run and its children consumed so far.
        total: Usage,
    },
    /// A timer was started.
    #[serde(rename = "timer.started")]
    TimerStarted {
        /// Where in the tree of steps.
        step: StepPath,
        /// When it fires.
        fire_at: Timestamp,
        /// What for.
        reason: TimerReason,
    },
    /// A timer fired.
    #[serde(rename = "timer.fired")]
    TimerFired {
        /// Where in the tree of steps.
        step: StepPath,
    },
    /// A model call consumed tokens.
    #[serde(rename = "usage.updated")]
    UsageUpdated {
        /// Where in the tree of steps.
        step: StepPath,
        /// `provider/name` of the model.
        model: String,
        /// What this call consumed.
        usage: Usage,
        /// What the run consumed so far.
        total: Usage,
    },
    /// Cancellation was asked for; what runs is being stopped.
    #[serde(rename = "execution.cancelling")]
    ExecutionCancelling {
        /// Why, as the caller put it.
        reason: Option<String>,
    },
    /// The run ended with a result.
    #[serde(rename = "execution.completed")]
    ExecutionCompleted {
        /// The run's output.
        output: Json,
    },
    /// The run ended without one: failed, timed out, over budget or quarantined.
    #[serde(rename = "execution.failed")]
    ExecutionFailed {
        /// Why.
        failure: Failure,
    },
    /// The run was stopped by request.
    #[serde(rename = "execution.cancelled")]
    ExecutionCancelled {
        /// Why, as the caller put it.
        reason: Option<String>,
    },
}

/// Name of a tool call inside its step: model turn (from 1) and place in the message (from 0). Never
/// the provider's own id, which may repeat or be rubbish.
#[must_use]
pub fn tool_call_name(turn: u32, place: usize) -> String {
    format!("t{turn}.c{place}")
}

impl EventKind {
    /// The name of the contract, for example `step.completed`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::ExecutionCreated { .. } => "execution.created",
            Self::ExecutionQueued {} => "execution.queued",
            Self::ExecutionStarted {} => "execution.started",
            Self::StepStarted { .. } => "step.started",
            Self::StepCompleted { .. } => "step.completed",
            Self::StepFailed { .. } => "step.failed",
            Self::StepRetrying { .. } => "step.retrying",
            Self::AgentStarted { .. } => "agent.started",
            Self::AgentCompleted { .. } => "agent.completed",
            Self::MessageCompleted { .. } => "message.completed",
            Self::ToolCalled { .. } => "tool.called",
            Self::ToolResult { .. } => "tool.result",
            Self::KnowledgeRetrieved { .. } => "knowledge.retrieved",
            Self::ApprovalRequired { .. } => "approval.required",
            Self::ApprovalResolved { .. } => "approval.resolved",
            Self::ChildStarted { .. } => "child.started",
            Self::ChildEnded { .. } => "child.ended",
            Self::TimerStarted { .. } => "timer.started",
            Self::TimerFired { .. } => "timer.fired",
            Self::UsageUpdated { .. } => "usage.updated",
            Self::ExecutionCancelling { .. } => "execution.cancelling",
            Self::ExecutionCompleted { .. } => "execution.completed",
            Self::ExecutionFailed { .. } => "execution.failed",
            Self::ExecutionCancelled { .. } => "execution.cancelled",
        }
    }

    /// Whether no event can follow.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        matches!(
            self,
            Self::ExecutionCompleted { .. } | Self::ExecutionFailed { .. } | Self::ExecutionCancelled { .. }
        )
    }
}
