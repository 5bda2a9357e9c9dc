//! What `agent` and `llm` share: a model speaks, its tools are called, it speaks again, until its
//! answer stands.

use std::sync::Arc;

use serde_json::Value;

use super::{knowledge, tool};
use crate::activity::{Activity, ActivityError, ActivityOutput, ToolCall};
use crate::agent::Agent;
use crate::error::ErrorCode;
use crate::execution::{EventKind, RetryReason, Usage, tool_call_name};
use crate::failure::Failure;
use crate::interpreter::conversation::Conversation;
use crate::interpreter::draft::Draft;
use crate::interpreter::state::{State, Work};
use crate::interpreter::{answer, bounds, budget, retry};
use crate::json::Json;
use crate::knowledge::{Retrieval, TOOL};
use crate::message::{Message, ToolRequest};
use crate::path::StepPath;
use crate::workflow::{Step, StepKind};

pub(super) fn outcome(
    draft: &mut Draft<'_>,
    step: &Step,
    path: &StepPath,
    call: &str,
    result: Result<ActivityOutput, ActivityError>,
) {
    let is_tool = conversation(draft.state, path).is_some_and(|open| open.tool(call).is_some());
    match result {
        Ok(output) if is_tool => match tool_output(draft, step, path, call, output) {
            Ok(output) => tool_answered(draft, step, path, call, Ok(output)),
            // Only a fault of the adapter ends the step; the model may find a way around the rest.
            Err(error) if error.failure.code == ErrorCode::Internal => draft.fail_step(path, error.failure),
            Err(error) => tool_answered(draft, step, path, call, Err(error.failure)),
        },
        Ok(ActivityOutput::LlmCompletion { message, usage, model }) => {
            spoke(draft, step, path, message, usage, model);
        }
        Ok(ActivityOutput::ExecuteTool { .. } | ActivityOutput::RetrieveKnowledge { .. }) => {
            draft.fail_step(path, misfit("a completion").failure);
        }
        Err(error) if tool::try_again(draft, step, path, call, &error) => {}
        // The model is told, and may find another way.
        Err(error) if is_tool => tool_answered(draft, step, path, call, Err(error.failure)),
        Err(error) => {
            if !fall_back(draft, step, path, call, &error.failure) {
                draft.fail_step(path, error.failure);
            }
        }
    }
}

/// An adapter answered with the wrong kind of output.
pub(super) fn misfit(wanted: &str) -> ActivityError {
    let failure =
        Failure::new(ErrorCode::Internal, "An activity answered with something else than was asked")
            .with_detail(format!("wanted the output of {wanted}"));
    ActivityError::permanent(failure)
}

fn conversation<'a>(state: &'a State, path: &StepPath) -> Option<&'a Conversation> {
    match &state.run_of(path)?.work {
        Work::Conversation(conversation) => Some(conversation),
        _ => None,
    }
}

/// The model gave a message: call its tools, or judge its answer.
fn spoke(draft: &mut Draft<'_>, step: &Step, path: &StepPath, message: Message, usage: Usage, model: String) {
    let Some((turn, repaired)) = conversation(draft.state, path).map(|open| (open.turn, open.repaired))
    else {
        return;
    };
    let usage = usage.bounded();
    let mut total = draft.state.usage;
    total += usage;
    draft.emit(EventKind::UsageUpdated { step: path.clone(), model, usage, total });
    if let Err(failure) = bounds::check_message(&message) {
        return draft.fail_step(path, failure);
    }
    let asks = !message.tool_calls.is_empty();
    let judged = if asks { Ok(Json::default()) } else { answer::judge(draft.state, step, &message.content) };
    let repair = match &judged {
        Err(problems) if !repaired => Some(answer::repair_request(problems)),
        _ => None,
    };
    let mends = repair.is_some();
    draft.emit(EventKind::MessageCompleted { step: path.clone(), turn, message, repair });
    match judged {
        Ok(_) if asks => call_tools(draft, step, path, turn),
        Ok(output) => answered(draft, step, path, turn, output),
        Err(_) if mends => next_turn(draft, step, path),
        Err(problems) => draft.fail_step(path, answer::misfit(&problems)),
    }
}

fn answered(draft: &mut Draft<'_>, step: &Step, path: &StepPath, turns: u32, output: Json) {
    if let StepKind::Agent { agent, .. } = &step.kind {
        draft.emit(EventKind::AgentCompleted { step: path.clone(), agent: agent.clone(), turns });
    }
    draft.complete_step(path, output);
}

fn call_tools(draft: &mut Draft<'_>, step: &Step, path: &StepPath, turn: u32) {
    let Some(conversation) = conversation(draft.state, path) else {
        return;
    };
    let requests: Vec<_> = conversation.tools.iter().map(|tool| tool.request.clone()).collect();
    for (place, request) in requests.into_iter().enumerate() {
        let name = tool_call_name(turn, place);
        let refusal = refusal(draft.state, step, &request);
        draft.emit(EventKind::ToolCalled {
            step: path.clone(),
            turn,
            call_id: name.clone(),
            tool: request.tool.clone(),
            arguments: request.arguments,
        });
        if let Some(refusal) = refusal {
            tool_answered(draft, step, path, &name, Err(refusal));
        }
    }
}

/// Why a call is not made. Authority comes from the definition: what the model asks for beyond it is
/// refused here, before anything leaves the process, and the refusal is recorded.
fn refusal(state: &State, step: &Step, request: &ToolRequest) -> Option<Failure> {
    let sentence = match search(state, step, request) {
        Some(Ok(_)) => return None,
        Some(Err(fault)) => format!("The arguments do not fit the tool '{TOOL}': {fault}"),
        None if allowed_tools(state, step).contains(&request.tool) => return None,
        None => format!("The tool '{}' is not available", request.tool),
    };
    Some(Failure::new(ErrorCode::ToolFailed, sentence))
}

/// The search that a call asks for; `None` where it asks for a tool, or for what the step has not.
fn search(state: &State, step: &Step, request: &ToolRequest) -> Option<Result<Retrieval, String>> {
    let collections = collections(state, step);
    let searches = request.tool == TOOL && !collections.is_empty();
    searches.then(|| Retrieval::asked(collections, &request.arguments))
}

/// What is done for a call that was not refused.
pub(in crate::interpreter) fn activity(state: &State, step: &Step, request: &ToolRequest) -> Activity {
    match search(state, step, request) {
        Some(Ok(retrieval)) => Activity::RetrieveKnowledge(retrieval),
        _ => Activity::ExecuteTool(ToolCall {
            tool: request.tool.clone(),
            arguments: request.arguments.clone(),
        }),
    }
}

/// What a call brought, of a tool or of a search.
fn tool_output(
    draft: &mut Draft<'_>,
    step: &Step,
    path: &StepPath,
    call: &str,
    output: ActivityOutput,
) -> Result<Json, ActivityError> {
    let asked = conversation(draft.state, path).and_then(|open| {
        let request = &open.tool(call)?.request;
        Some((open.turn, search(draft.state, step, request)?.ok()?.collection))
    });
    match asked {
        Some((turn, collection)) => knowledge::taken(draft, path, turn, call, &collection, output),
        None => tool::into_output(output),
    }
}

fn agent<'a>(state: &'a State, step: &Step) -> Option<&'a Agent> {
    match &step.kind {
        StepKind::Agent { agent, .. } => state.program().agent(agent).map(Arc::as_ref),
        _ => None,
    }
}

/// Tools that the step's model may ask for.
pub(in crate::interpreter) fn allowed_tools<'a>(state: &'a State, step: &Step) -> &'a [String] {
    agent(state, step).map(|agent| agent.tools.as_slice()).unwrap_or_default()
}

/// Collections that the step's model may search.
pub(in crate::interpreter) fn collections<'a>(state: &'a State, step: &Step) -> &'a [String] {
    agent(state, step).map(|agent| agent.knowledge.as_slice()).unwrap_or_default()
}

fn tool_answered(
    draft: &mut Draft<'_>,
    step: &Step,
    path: &StepPath,
    call: &str,
    result: Result<Json, Failure>,
) {
    let Some((turn, tool)) = conversation(draft.state, path)
        .and_then(|open| Some((open.turn, open.tool(call)?.request.tool.clone())))
    else {
        return;
    };
    draft.emit(EventKind::ToolResult { step: path.clone(), turn, call_id: call.to_owned(), tool, result });
    let Some((opened, bytes)) = conversation(draft.state, path).map(|open| (open.turn > turn, open.bytes))
    else {
        return;
    };
    if bytes > bounds::MAX_CONVERSATION_BYTES {
        let sentence = format!("The conversation of step '{}' grew too large", step.id);
        return draft.fail_step(path, Failure::new(ErrorCode::BudgetExceeded, sentence));
    }
    if opened {
        next_turn(draft, step, path);
    }
}

/// A further turn opened: may it begin?
fn next_turn(draft: &mut Draft<'_>, step: &Step, path: &StepPath) {
    if let Some(failure) = budget::no_more_tokens(draft.state) {
        return draft.fail_step_and_run(path, failure);
    }
    let exceeded = conversation(draft.state, path)
        .and_then(|conversation| budget::no_more_turns(draft.state, step, conversation));
    if let Some(failure) = exceeded {
        draft.fail_step(path, failure);
    }
}

/// Lets the agent's next fallback model take the turn over.
fn fall_back(draft: &mut Draft<'_>, step: &Step, path: &StepPath, call: &str, failure: &Failure) -> bool {
    let StepKind::Agent { agent, .. } = &step.kind else {
        return false;
    };
    let Some(used) = conversation(draft.state, path).map(|open| open.model) else {
        return false;
    };
    let fallbacks = draft.state.program().agent(agent).map_or(0, |agent| agent.fallbacks.len());
    let next = used.saturating_add(1);
    if !retry::calls_for_fallback(&failure.code) || usize::try_from(next).is_ok_and(|next| next > fallbacks) {
        return false;
    }
    draft.emit(EventKind::StepRetrying {
        step: path.clone(),
        call: call.to_owned(),
        attempt: 1,
        fallback: Some(next),
        reason: RetryReason::Error,
        retry_at: None,
        failure: Some(failure.clone()),
    });
    true
}

/// The model whose turn it is, `provider/name`.
pub(in crate::interpreter) fn model(
    state: &State,
    step: &Step,
    conversation: &Conversation,
) -> Option<String> {
    match &step.kind {
        StepKind::Agent { agent, .. } => {
            let agent = state.program().agent(agent)?;
            match usize::try_from(conversation.model).ok()?.checked_sub(1) {
                None => Some(agent.model.clone()),
                Some(fallback) => agent.fallbacks.get(fallback).cloned(),
            }
        }
        StepKind::Llm { model, .. } => {
            let config = || state.program().config().get("model").and_then(Value::as_str).map(str::to_owned);
            model.clone().or_else(config)
        }
        _ => None,
    }
}
