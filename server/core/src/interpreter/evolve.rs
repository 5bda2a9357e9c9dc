//! How an event changes the state. No decision is made here: any log that `decide` wrote can be
//! folded, to any point, and gives the state that the writer had.

use super::bounds;
use super::branches::{Branches, Ending};
use super::budget;
use super::conversation::Conversation;
use super::items::Items;
use super::rounds::Rounds;
use super::sequence::{Successor, successor};
use super::state::{OpenCall, Outcome, Phase, State, StepRun, Work};
use crate::execution::{ChildRun, Event, EventKind, Parent, RetryReason};
use crate::failure::Failure;
use crate::json::Json;
use crate::path::StepPath;
use crate::time::Timestamp;
use crate::workflow::StepKind;

/// Folds one event in. Events at or below the last seq are passed over.
pub fn evolve(state: &mut State, event: &Event) {
    if event.seq <= state.last_seq {
        return;
    }
    state.last_seq = event.seq;
    state.last_time = event.time;
    match &event.kind {
        EventKind::ExecutionCreated { .. } => created(state, event),
        EventKind::ExecutionQueued {} => state.phase = Phase::Queued,
        EventKind::ExecutionStarted {} => run_began(state, event.time),
        EventKind::StepStarted { .. } => step_started(state, event),
        EventKind::StepCompleted { step, output } => {
            state.bytes = state.bytes.saturating_add(bounds::weight(output));
            ended(state, step, Outcome::Completed(output.clone()));
        }
        EventKind::StepFailed { step, failure, handled } => {
            ended(state, step, Outcome::Failed { failure: failure.clone(), handled: *handled });
        }
        EventKind::StepRetrying { .. } => retrying(state, &event.kind),
        EventKind::AgentStarted { step, messages, .. } => {
            set_work(state, step, Work::Conversation(Box::new(Conversation::open(messages.clone()))));
        }
        EventKind::MessageCompleted { step, message, repair, .. } => {
            if let Some(conversation) = conversation(state, step) {
                conversation.heard(message, repair.as_ref());
            }
        }
        EventKind::ToolCalled { step, call_id, tool, arguments, .. } => {
            tool_called(state, step, call_id, tool, arguments);
        }
        EventKind::ToolResult { step, call_id, result, .. } => {
            if let Some(conversation) = conversation(state, step) {
                conversation.answered(call_id, answer_text(result));
            }
        }
        EventKind::TimerStarted { step, fire_at, .. } => {
            set_work(state, step, Work::Wait { fire_at: *fire_at });
        }
        EventKind::ApprovalRequired { step, .. } => set_work(state, step, Work::Approval),
        EventKind::ChildStarted { .. } => child_started(state, &event.kind),
        EventKind::ChildEnded { steps, total, .. } => {
            state.begun = state.begun.saturating_add(*steps);
            state.usage = *total;
        }
        EventKind::UsageUpdated { total, .. } => state.usage = *total,
        EventKind::ExecutionCancelling { reason } => {
            state.phase = Phase::Cancelling;
            state.cancel_reason.clone_from(reason);
        }
        EventKind::ExecutionCompleted { .. }
        | EventKind::ExecutionFailed { .. }
        | EventKind::ExecutionCancelled { .. } => run_ended(state),
        EventKind::AgentCompleted { .. }
        | EventKind::KnowledgeRetrieved { .. }
        | EventKind::ApprovalResolved { .. }
        | EventKind::TimerFired { .. } => {}
    }
}

fn created(state: &mut State, event: &Event) {
    if let EventKind::ExecutionCreated { input, context, session_id, parent, .. } = &event.kind {
        if let Some(parent) = parent {
            budget::narrow(&mut state.limits, &parent.budget);
            state.parent = Some(parent.clone());
        }
        state.phase = Phase::Running;
        state.input = input.clone();
        state.context = context.clone();
        state.session.clone_from(session_id);
        state.started_at = event.time;
    }
}

fn run_began(state: &mut State, at: Timestamp) {
    state.phase = Phase::Running;
    state.started_at = at;
    // Containers that were opened again: they waited with the run.
    for path in &state.active {
        if let Some(run) = state.steps.get_mut(path) {
            run.began_at = at;
        }
    }
}

fn run_ended(state: &mut State) {
    state.phase = Phase::Ended;
    state.active.clear();
}

fn step_started(state: &mut State, event: &Event) {
    let EventKind::StepStarted { step: path, branch, request, reused, .. } = &event.kind else {
        return;
    };
    let (began_at, branch, request) = (event.time, branch.clone(), request.as_ref());
    let work = match state.step_of(path).map(|step| &step.kind) {
        Some(StepKind::Parallel { branches, .. }) => Work::Parallel(Branches::new(branches.len())),
        Some(StepKind::Map { .. }) => Work::Map(Items::new(request.and_then(|request| request.get("items")))),
        Some(StepKind::Loop { .. }) => Work::Loop(Rounds::default()),
        Some(StepKind::Llm { .. }) => request.map_or(Work::Inner, |request| {
            Work::Conversation(Box::new(Conversation::open(super::step::llm::messages(request))))
        }),
        Some(StepKind::Knowledge { .. }) => {
            request.and_then(super::step::knowledge::work).unwrap_or(Work::Inner)
        }
        _ => Work::Inner,
    };
    open_pass(state, path);
    // What another run did is no work of this one.
    state.begun = state.begun.saturating_add(u32::from(!reused));
    state.active.insert(path.clone());
    state.steps.insert(path.clone(), StepRun { began_at, branch, work, outcome: None });
}

fn ended(state: &mut State, path: &StepPath, outcome: Outcome) {
    state.active.remove(path);
    let Some(run) = state.steps.get_mut(path) else {
        return;
    };
    run.outcome = Some(outcome);
    run.work = Work::Inner;
    close_sequence(state, path);
}

/// When the step was the last of its sequence, the sequence ended with it.
fn close_sequence(state: &mut State, path: &StepPath) {
    let (Some(step), Some(run), Some(parent)) = (state.step_of(path), state.run_of(path), path.parent())
    else {
        return;
    };
    let ending = match successor(step, run) {
        Some(Successor::End(output)) => Ending::Completed(output),
        Some(Successor::Failed(failure)) => Ending::Failed(failure),
        Some(Successor::Step(_)) | None => return,
    };
    let branch = run.branch.clone();
    match (state.steps.get_mut(&parent).map(|around| &mut around.work), branch, path.pass()) {
        (Some(Work::Parallel(branches)), Some(first), _) => branches.close(first, ending),
        (Some(Work::Map(items)), _, Some(pass)) => items.close(pass, ending),
        (Some(Work::Loop(rounds)), ..) => rounds.close(ending),
        _ => {}
    }
}

/// When the step is the first of its pass, the pass begins with it.
fn open_pass(state: &mut State, path: &StepPath) {
    let (Some(parent), Some(pass)) = (path.parent(), path.pass()) else {
        return;
    };
    match state.steps.get_mut(&parent).map(|around| &mut around.work) {
        Some(Work::Map(items)) => items.open(pass),
        Some(Work::Loop(rounds)) => rounds.open(pass),
        _ => {}
    }
}

fn tool_called(state: &mut State, path: &StepPath, name: &str, tool: &str, arguments: &Json) {
    match conversation(state, path) {
        Some(conversation) => conversation.called(name),
        None => set_work(
            state,
            path,
            Work::Tool { call: OpenCall::first(), tool: tool.to_owned(), arguments: arguments.clone() },
        ),
    }
}

fn child_started(state: &mut State, kind: &EventKind) {
    let EventKind::ChildStarted { step, execution_id, workflow, input, context, budget } = kind else {
        return;
    };
    let call = match state.steps.get(step).map(|run| &run.work) {
        // Another attempt, which `step.retrying` counted.
        Some(Work::Child { call, .. }) => call.clone(),
        _ => OpenCall::first(),
    };
    let parent = Parent {
        execution_id: state.execution_id.clone(),
        step: step.clone(),
        depth: state.depth().saturating_add(1),
        budget: budget.clone(),
    };
    let run = ChildRun {
        execution_id: execution_id.clone(),
        workflow: workflow.clone(),
        input: input.clone(),
        context: context.clone(),
        parent,
    };
    set_work(state, step, Work::Child { call, run: Box::new(run) });
}

fn retrying(state: &mut State, kind: &EventKind) {
    let EventKind::StepRetrying { step, call, attempt, fallback, reason, retry_at, .. } = kind else {
        return;
    };
    if let Some(model) = fallback {
        if let Some(conversation) = conversation(state, step) {
            conversation.model = *model;
            conversation.completion = Some(OpenCall { not_before: *retry_at, ..OpenCall::first() });
        }
        return;
    }
    let Some(open) = state.open_call_mut(step, call) else {
        return;
    };
    match reason {
        RetryReason::Error => {
            *open = OpenCall { attempt: *attempt, not_before: *retry_at, ..OpenCall::default() };
        }
        RetryReason::InDoubt => open.doubts = open.doubts.saturating_add(1),
        RetryReason::Interrupted => open.parked = true,
        RetryReason::Resumed => open.parked = false,
    }
}

fn set_work(state: &mut State, path: &StepPath, work: Work) {
    if let Some(run) = state.steps.get_mut(path) {
        run.work = work;
    }
}

fn conversation<'a>(state: &'a mut State, path: &StepPath) -> Option<&'a mut Conversation> {
    match &mut state.steps.get_mut(path)?.work {
        Work::Conversation(conversation) => Some(conversation),
        _ => None,
    }
}

/// What the model is told of a tool's outcome.
fn answer_text(result: &Result<Json, Failure>) -> String {
    match result {
        Ok(output) => match &**output {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        },
        Err(failure) => format!("error: {}", failure.error),
    }
}

impl State {
    /// The open activity of a step, by its name inside the step.
    pub(super) fn open_call(&self, path: &StepPath, name: &str) -> Option<&OpenCall> {
        if !self.active.contains(path) {
            return None;
        }
        if let Some(Work::Child { call, .. }) = self.steps.get(path).map(|run| &run.work) {
            return (name == super::step::child::CALL).then_some(call);
        }
        self.open_calls(path).into_iter().find(|(open, _)| open == name).map(|(_, call)| call)
    }

    /// The open activities of a step, with their names inside it. A child is none.
    pub(super) fn open_calls(&self, path: &StepPath) -> Vec<(String, &OpenCall)> {
        match self.steps.get(path).map(|run| &run.work) {
            Some(Work::Tool { call, .. } | Work::Knowledge { call, .. }) => {
                vec![(super::step::tool::CALL.to_owned(), call)]
            }
            Some(Work::Conversation(conversation)) => conversation.open_calls(),
            _ => Vec::new(),
        }
    }

    fn open_call_mut(&mut self, path: &StepPath, name: &str) -> Option<&mut OpenCall> {
        match &mut self.steps.get_mut(path)?.work {
            Work::Tool { call, .. } | Work::Knowledge { call, .. } | Work::Child { call, .. } => Some(call),
            Work::Conversation(conversation) => conversation.call_mut(name),
            _ => None,
        }
    }
}
