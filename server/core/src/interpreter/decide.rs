//! What follows from an input.

use std::sync::Arc;

use super::draft::Draft;
use super::evolve::evolve;
use super::input::{Input, Start};
use super::obligation::Target;
use super::state::{Phase, State};
use super::{ObligationId, VERSION, intake, reuse, sequence, step};
use crate::activity::{ActivityError, ActivityOutput};
use crate::error::ErrorCode;
use crate::execution::{Event, EventKind};
use crate::failure::Failure;
use crate::ids::ExecutionId;
use crate::path::StepPath;
use crate::time::Timestamp;
use crate::workflow::StepKind;
use crate::workflow::program::Program;

/// The events that follow from `input` in `state`. Empty when the input comes too late or does not
/// fit: an outcome of an attempt that was given up, a second cancellation.
#[must_use]
pub fn decide(state: &State, input: Input, now: Timestamp) -> Vec<Event> {
    transition(&mut state.clone(), input, now)
}

/// Like [`decide`], and leaves `state` as it is after those events.
pub fn transition(state: &mut State, input: Input, now: Timestamp) -> Vec<Event> {
    let mut draft = Draft::new(state, now);
    match (draft.state.phase, input) {
        (Phase::New, Input::Start(start)) => {
            create(&mut draft, *start);
            begin(&mut draft);
        }
        (Phase::New, Input::Queue(start)) => {
            create(&mut draft, *start);
            draft.emit(EventKind::ExecutionQueued {});
        }
        (Phase::Queued, Input::Turn) => begin(&mut draft),
        (Phase::Running, Input::Outcome { obligation, result }) => {
            outcome(&mut draft, &obligation, *result);
        }
        (Phase::Running, Input::ChildEnded { obligation, end }) => {
            if let Some((path, attempt)) = obligation.child() {
                step::child::ended(&mut draft, &path, attempt, *end);
            }
        }
        (Phase::Running, Input::TimerFired { obligation }) => timer(&mut draft, &obligation),
        (Phase::Running, Input::Decision { approval, decision }) => {
            step::approval::decided(&mut draft, &approval, *decision);
        }
        (Phase::Queued | Phase::Running, Input::Cancel { reason }) => {
            draft.emit(EventKind::ExecutionCancelling { reason });
        }
        (Phase::Running, Input::Interrupted { obligations }) => {
            obligations.iter().for_each(|id| step::recovery::interrupt(&mut draft, id));
        }
        (Phase::Running, Input::Recovered) => step::recovery::recover(&mut draft),
        (Phase::Running, Input::InDoubt { obligation }) => {
            step::recovery::in_doubt(&mut draft, &obligation);
        }
        (Phase::Running | Phase::Cancelling, Input::Abandoned { failure }) => draft.fail_run(*failure),
        (Phase::Cancelling, Input::Stopped | Input::Recovered) => {
            let reason = draft.state.cancel_reason.clone();
            draft.emit(EventKind::ExecutionCancelled { reason });
        }
        _ => {}
    }
    sequence::settle(&mut draft);
    draft.into_events()
}

/// The state after a log. Nothing of it is decided again.
#[must_use]
pub fn recover<'a>(
    execution_id: ExecutionId,
    program: Arc<Program>,
    log: impl IntoIterator<Item = &'a Event>,
) -> State {
    let mut state = State::new(execution_id, program);
    log.into_iter().for_each(|event| evolve(&mut state, event));
    state
}

fn create(draft: &mut Draft<'_>, start: Start) {
    let program = draft.state.program().clone();
    let definition = program.definition();
    draft.emit(EventKind::ExecutionCreated {
        workflow_slug: start.workflow_slug,
        input: start.input,
        context: start.context,
        session_id: start.session_id,
        pins: start.pins,
        interpreter_version: VERSION,
        steps_total: u32::try_from(definition.steps.len()).unwrap_or(u32::MAX),
        result_mode: definition.result_mode,
        parent: start.parent,
        retry_of: start.retry.as_ref().map(|retry| retry.of.clone()),
    });
    start.retry.into_iter().flat_map(|retry| retry.reused).for_each(|kind| draft.emit(kind));
}

fn begin(draft: &mut Draft<'_>) {
    let entry = StepPath::root(&draft.state.program().definition().entry_step);
    draft.emit(EventKind::ExecutionStarted {});
    match draft.state.run_of(&entry) {
        Some(_) => reuse::go_on(draft),
        None => draft.begin(entry, None),
    }
}

fn outcome(draft: &mut Draft<'_>, id: &ObligationId, result: Result<ActivityOutput, ActivityError>) {
    let Some(Target::Call { path, call, attempt }) = id.parse() else {
        return;
    };
    let path = StepPath::root(path);
    let is_open = draft.state.open_call(&path, call).is_some_and(|open| open.attempt == attempt);
    if is_open {
        step::outcome(draft, &path, call, intake::fit(result));
    }
}

fn timer(draft: &mut Draft<'_>, id: &ObligationId) {
    match id.parse() {
        Some(Target::Wait(path)) => step::wait::fired(draft, &StepPath::root(path)),
        Some(Target::StepDeadline(path)) => deadline(draft, &StepPath::root(path)),
        Some(Target::RunDeadline) => {
            let limit = draft.state.limits.timeout_seconds;
            let sentence = format!("The execution took longer than {limit} seconds (limits.timeout_seconds)");
            draft.fail_run(Failure::new(ErrorCode::TimedOut, sentence));
        }
        Some(Target::Call { .. }) | None => {}
    }
}

fn deadline(draft: &mut Draft<'_>, path: &StepPath) {
    if !draft.state.has_deadline(path) {
        return;
    }
    let on_timeout = draft.state.step_of(path).and_then(|step| match step.kind {
        StepKind::Approval { on_timeout, .. } => Some(on_timeout),
        _ => None,
    });
    if let Some(on_timeout) = on_timeout {
        return step::approval::expired(draft, path, on_timeout);
    }
    let sentence = format!("Step '{}' took longer than it may", path.step_id());
    draft.fail_step(path, Failure::new(ErrorCode::StepTimeout, sentence));
}
