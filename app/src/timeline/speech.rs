//! What was said in a run: instructions, inputs, answers, and tool calls with their results.

use magone_core::failure::Failure;
use magone_core::json::Json;
use magone_core::message::Role;
use magone_core::path::StepPath;
use magone_core::time::Timestamp;

/// How a tool call ended.
#[derive(Clone, Debug, PartialEq)]
pub enum ToolOutcome {
    /// Not yet.
    Pending,
    /// With an output.
    Answered {
        /// The output.
        output: Json,
        /// When.
        at: Timestamp,
    },
    /// Without one.
    Failed {
        /// Why.
        failure: Failure,
        /// When.
        at: Timestamp,
    },
}

/// One entry of the conversation.
#[derive(Clone, Debug, PartialEq)]
pub enum Speech {
    /// Somebody said something.
    Message {
        /// In which step.
        step: StepPath,
        /// Who.
        role: Role,
        /// The agent or step that speaks, or is spoken to.
        name: String,
        /// The text.
        content: String,
        /// When.
        at: Timestamp,
    },
    /// A tool was called.
    Tool {
        /// In which step.
        step: StepPath,
        /// The model turn that asked for it.
        turn: u32,
        /// Which call of the turn.
        call_id: String,
        /// The tool's name.
        tool: String,
        /// Its arguments.
        arguments: Json,
        /// When it was called.
        at: Timestamp,
        /// How it ended.
        outcome: ToolOutcome,
    },
}

impl Speech {
    /// Whether this is the call that a result belongs to.
    #[must_use]
    pub fn is_call(&self, of: &StepPath, in_turn: u32, id: &str) -> bool {
        matches!(self, Self::Tool { step, turn, call_id, .. }
            if step == of && *turn == in_turn && call_id == id)
    }
}
