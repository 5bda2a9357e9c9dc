//! A log as lines that a person can compare: what happened to which step, without what every run
//! has and without token counts.

use std::sync::Arc;

use super::world::World;
use crate::execution::{Event, EventKind, Verdict};
use crate::time::Timestamp;
use crate::workflow::program::Program;

/// Runs `program` in the world that `set_up` makes of it, and compares what happened.
#[track_caller]
pub fn check(program: &Arc<Program>, set_up: impl FnOnce(World) -> World, expected: &str) -> World {
    let world = set_up(World::new(program)).run();
    assert_trace(&world, expected);
    world
}

/// Compares the lines of a log; blanks around lines do not count.
#[track_caller]
pub fn assert_trace(world: &World, expected: &str) {
    assert_lines(&lines(&world.log), expected);
}

/// Compares the lines of some events.
#[track_caller]
pub fn assert_events(events: &[Event], expected: &str) {
    assert_lines(&lines(events), expected);
}

#[track_caller]
fn assert_lines(found: &[String], expected: &str) {
    let expected = expected.lines().map(str::trim).filter(|line| !line.is_empty());
    let expected: Vec<_> = expected.map(str::to_owned).collect();
    assert!(*found == expected, "expected:\n  {}\nfound:\n  {}", expected.join("\n  "), found.join("\n  "));
}

fn lines(log: &[Event]) -> Vec<String> {
    log.iter().filter_map(line).collect()
}

fn line(event: &Event) -> Option<String> {
    let rest = match &event.kind {
        EventKind::ExecutionCreated { .. }
        | EventKind::ExecutionStarted {}
        | EventKind::UsageUpdated { .. } => return None,
        EventKind::ExecutionQueued {} => String::new(),
        EventKind::StepStarted { step, kind, reused, .. } => {
            let reused = if *reused { " reused" } else { "" };
            format!("{step} {kind}{reused}")
        }
        EventKind::StepCompleted { step, output } => format!("{step} {output}"),
        EventKind::StepFailed { step, failure, handled } => {
            let handled = if *handled { " handled" } else { "" };
            format!("{step} {}{handled}", failure.code)
        }
        EventKind::StepRetrying { .. } => retrying(event),
        EventKind::ApprovalRequired { step, prompt, .. } => format!("{step} {prompt:?}"),
        EventKind::ApprovalResolved { step, decision, .. } => match decision.decision {
            Verdict::Approve => format!("{step} approve"),
            Verdict::Reject => format!("{step} reject"),
        },
        EventKind::AgentStarted { step, agent, .. } => format!("{step} {agent}"),
        EventKind::AgentCompleted { step, turns, .. } => format!("{step} turns {turns}"),
        EventKind::MessageCompleted { step, turn, repair, .. } => {
            let repair = repair.as_ref().map_or("", |_| " repair");
            format!("{step} t{turn}{repair}")
        }
        EventKind::ToolCalled { step, call_id, tool, .. } => format!("{step} {call_id} {tool}"),
        EventKind::ToolResult { step, call_id, result, .. } => {
            let result = result.as_ref().map_or_else(|f| f.code.as_str().to_owned(), |o| o.to_string());
            format!("{step} {call_id} {result}")
        }
        EventKind::ChildStarted { step, workflow, .. } => format!("{step} {workflow}"),
        EventKind::ChildEnded { step, code, steps, .. } => {
            let code = code.as_ref().map_or("ok", |code| code.as_str());
            format!("{step} {code} steps {steps}")
        }
        EventKind::KnowledgeRetrieved { step, call_id, collection, hits, .. } => {
            format!("{step} {call_id} {collection} {hits}")
        }
        EventKind::TimerStarted { step, fire_at, .. } => format!("{step} {}", pause(event.time, *fire_at)),
        EventKind::TimerFired { step } => step.to_string(),
        EventKind::ExecutionCancelling { reason } | EventKind::ExecutionCancelled { reason } => {
            reason.clone().unwrap_or_default()
        }
        EventKind::ExecutionCompleted { output } => output.to_string(),
        EventKind::ExecutionFailed { failure } => failure.code.to_string(),
    };
    Some(format!("{} {rest}", event.kind.name()).trim().to_owned())
}

fn retrying(event: &Event) -> String {
    let EventKind::StepRetrying { step, call, attempt, fallback, reason, retry_at, .. } = &event.kind else {
        return String::new();
    };
    let reason = serde_json::to_value(reason).unwrap();
    let mut line = format!("{step} {call}@{attempt} {}", reason.as_str().unwrap());
    if let Some(model) = fallback {
        line += &format!(" model {model}");
    }
    if let Some(at) = retry_at {
        line += &format!(" {}", pause(event.time, *at));
    }
    line
}

fn pause(from: Timestamp, to: Timestamp) -> String {
    format!("in {} ms", to.millis_since(from))
}
