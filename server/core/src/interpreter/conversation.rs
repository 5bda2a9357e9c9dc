//! What an `agent` or `llm` step has under way: messages, the open model call of a turn, and the
//! open tool calls that its answer asked for.

use super::bounds;
use super::state::OpenCall;
use crate::execution::tool_call_name;
use crate::message::{Message, Role, ToolRequest};

/// A conversation with a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Conversation {
    pub messages: Vec<Message>,
    /// Model turn under way or last done, from 1.
    pub turn: u32,
    /// Which model speaks: 0 is the first choice, then the fallbacks.
    pub model: u32,
    /// The open model call of the turn.
    pub completion: Option<OpenCall>,
    /// The tool calls of the turn, in the order of the request.
    pub tools: Vec<ToolTurn>,
    /// An answer was sent back for repair.
    pub repaired: bool,
    /// About the bytes of all that was said, answers of tools under way included.
    pub bytes: usize,
}

/// One tool call of a turn.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ToolTurn {
    pub request: ToolRequest,
    /// `None` before it was decided to call it.
    pub call: Option<OpenCall>,
    /// What goes back to the model.
    pub answer: Option<String>,
}

impl Conversation {
    /// Opens the first turn.
    pub(super) fn open(messages: Vec<Message>) -> Self {
        Self {
            bytes: messages.iter().map(bounds::bytes).sum(),
            messages,
            turn: 1,
            completion: Some(OpenCall::first()),
            ..Self::default()
        }
    }

    /// Name of the open model call; a fallback has a name of its own, so that it has keys of its own.
    pub(super) fn completion_name(&self) -> String {
        match self.model {
            0 => format!("t{}", self.turn),
            model => format!("t{}.m{model}", self.turn),
        }
    }

    /// The open call of that name.
    pub(super) fn call_mut(&mut self, name: &str) -> Option<&mut OpenCall> {
        if self.completion.is_some() && self.completion_name() == name {
            return self.completion.as_mut();
        }
        self.tool_mut(name).filter(|tool| tool.answer.is_none())?.call.as_mut()
    }

    fn tool_mut(&mut self, name: &str) -> Option<&mut ToolTurn> {
        let place = self.place_of(name)?;
        self.tools.get_mut(place)
    }

    /// The open calls with their names.
    pub(super) fn open_calls(&self) -> Vec<(String, &OpenCall)> {
        let completion = self.completion.as_ref().map(|call| (self.completion_name(), call));
        let tools = self.tools.iter().enumerate().filter_map(|(place, tool)| {
            let call = tool.call.as_ref().filter(|_| tool.answer.is_none())?;
            Some((tool_call_name(self.turn, place), call))
        });
        completion.into_iter().chain(tools).collect()
    }

    /// The tool call of that name.
    pub(super) fn tool(&self, name: &str) -> Option<&ToolTurn> {
        self.tools.get(self.place_of(name)?)
    }

    /// Which of the turn's tool calls has that name.
    fn place_of(&self, name: &str) -> Option<usize> {
        let place = name.rsplit_once('c')?.1.parse().ok()?;
        (tool_call_name(self.turn, place) == name).then_some(place)
    }

    /// Takes in the model's message; tools that it asks for are not called yet.
    pub(super) fn heard(&mut self, message: &Message, repair: Option<&String>) {
        self.completion = None;
        self.bytes = self.bytes.saturating_add(bounds::bytes(message));
        self.messages.push(message.clone());
        self.tools = message
            .tool_calls
            .iter()
            .map(|request| ToolTurn { request: request.clone(), call: None, answer: None })
            .collect();
        if let Some(repair) = repair {
            self.repaired = true;
            self.bytes = self.bytes.saturating_add(repair.len());
            self.messages.push(Message::text(Role::User, repair.clone()));
            self.next_turn();
        }
    }

    /// The tool call of that name begins.
    pub(super) fn called(&mut self, name: &str) {
        if let Some(tool) = self.tool_mut(name) {
            tool.call = Some(OpenCall::first());
        }
    }

    /// Takes in a tool's answer; with the last one the next turn opens.
    pub(super) fn answered(&mut self, name: &str, answer: String) {
        if let Some(tool) = self.tool_mut(name) {
            let bytes = answer.len();
            tool.answer = Some(answer);
            self.bytes = self.bytes.saturating_add(bytes);
        }
        if self.tools.iter().all(|tool| tool.answer.is_some()) {
            let answers = std::mem::take(&mut self.tools)
                .into_iter()
                .filter_map(|tool| Some(Message::tool_answer(tool.request.id, tool.answer?)));
            self.messages.extend(answers);
            self.next_turn();
        }
    }

    fn next_turn(&mut self) {
        self.turn = self.turn.saturating_add(1);
        self.completion = Some(OpenCall::first());
    }
}
