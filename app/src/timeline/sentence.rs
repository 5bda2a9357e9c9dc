//! One event in a few words.

use magone_core::execution::{Decision, Event, EventKind, Verdict};
use magone_core::path::StepPath;

use super::Retry;
use crate::wording::{cost, count, plural};

/// The step that an event is about, if it is about one, and what there is to say beyond its name.
#[must_use]
pub fn sentence(event: &Event) -> (Option<&StepPath>, String) {
    match &event.kind {
        EventKind::ExecutionCreated { .. } => (None, created(&event.kind)),
        EventKind::ExecutionQueued {} => (None, "waits for a place".to_owned()),
        EventKind::ExecutionStarted {} => (None, String::new()),
        EventKind::StepStarted { step, kind, title, reused, .. } => {
            let tail = if *reused { ", not done again" } else { "" };
            (Some(step), format!("{}{tail}", title.as_ref().unwrap_or(kind)))
        }
        EventKind::StepCompleted { step, .. } | EventKind::TimerFired { step } => (Some(step), String::new()),
        EventKind::StepFailed { step, failure, handled } => {
            let tail = if *handled { "; the run goes on" } else { "" };
            (Some(step), format!("{}: {}{tail}", failure.code.as_str(), failure.error))
        }
        EventKind::StepRetrying { step, .. } => {
            (Some(step), Retry::of(event).map(|retry| retry.words()).unwrap_or_default())
        }
        EventKind::AgentStarted { step, agent, .. } => (Some(step), agent.clone()),
        EventKind::AgentCompleted { step, agent, turns } => {
            (Some(step), format!("{agent}, {}", plural(u64::from(*turns), "turn", "turns")))
        }
        EventKind::MessageCompleted { step, turn, message, .. } => {
            let asks = message.tool_calls.len();
            let tail = match u64::try_from(asks) {
                Ok(0) | Err(_) => String::new(),
                Ok(asks) => format!(", asks for {}", plural(asks, "tool", "tools")),
            };
            (Some(step), format!("turn {turn}{tail}"))
        }
        EventKind::ToolCalled { step, .. }
        | EventKind::ToolResult { step, .. }
        | EventKind::KnowledgeRetrieved { step, .. } => (Some(step), call(&event.kind)),
        EventKind::ApprovalRequired { step, prompt, .. } => (Some(step), prompt.clone()),
        EventKind::ApprovalResolved { step, decision, timed_out, .. } => {
            (Some(step), resolution(decision, *timed_out))
        }
        EventKind::ChildStarted { step, .. } | EventKind::ChildEnded { step, .. } => {
            (Some(step), child(&event.kind))
        }
        EventKind::TimerStarted { step, fire_at, .. } => (Some(step), format!("until {fire_at}")),
        EventKind::UsageUpdated { step, model, usage, total } => {
            (Some(step), format!("{model}, {} tokens, {} so far", count(usage.tokens()), cost(*total)))
        }
        EventKind::ExecutionCancelling { reason } | EventKind::ExecutionCancelled { reason } => {
            (None, reason.clone().unwrap_or_default())
        }
        EventKind::ExecutionCompleted { .. } => (None, String::new()),
        EventKind::ExecutionFailed { failure } => {
            (None, format!("{}: {}", failure.code.as_str(), failure.error))
        }
    }
}

fn created(kind: &EventKind) -> String {
    let EventKind::ExecutionCreated { workflow_slug, pins, steps_total, retry_of, .. } = kind else {
        return String::new();
    };
    let steps = plural(u64::from(*steps_total), "step", "steps");
    let again = retry_of.as_ref().map(|retry| format!(", tries {} again", retry.execution_id));
    format!("{workflow_slug}, version {}, {steps}{}", pins.version, again.unwrap_or_default())
}

fn call(kind: &EventKind) -> String {
    match kind {
        EventKind::ToolResult { tool, result: Err(failure), .. } => format!("{tool}: {}", failure.error),
        EventKind::ToolCalled { tool, .. } | EventKind::ToolResult { tool, .. } => tool.clone(),
        EventKind::KnowledgeRetrieved { collection, hits, .. } => {
            format!("{} in {collection}", plural(u64::from(*hits), "hit", "hits"))
        }
        _ => String::new(),
    }
}

fn child(kind: &EventKind) -> String {
    match kind {
        EventKind::ChildStarted { workflow, execution_id, .. } => format!("{workflow} as {execution_id}"),
        EventKind::ChildEnded { execution_id, code, usage, .. } => {
            let how = code.as_ref().map_or("completed", |code| code.as_str());
            format!("{execution_id}: {how}, {} tokens", count(usage.tokens()))
        }
        _ => String::new(),
    }
}

fn resolution(decision: &Decision, timed_out: bool) -> String {
    let verdict = match decision.decision {
        Verdict::Approve => "approved",
        Verdict::Reject => "rejected",
    };
    let by = match &decision.by {
        _ if timed_out => ", nobody decided in time".to_owned(),
        Some(by) => format!(" by {by}"),
        None => String::new(),
    };
    let comment = decision.comment.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
    format!("{verdict}{by}{comment}")
}
