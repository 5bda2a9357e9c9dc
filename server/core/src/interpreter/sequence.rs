//! How one step follows another.

use super::draft::{Draft, Move};
use super::scope;
use super::state::{Outcome, State, StepRun};
use super::{budget, step};
use crate::error::ErrorCode;
use crate::execution::EventKind;
use crate::failure::Failure;
use crate::json::Json;
use crate::path::StepPath;
use crate::workflow::validate::MAX_NESTING;
use crate::workflow::{OnError, Step, StepKind};

/// What follows a step that ended.
pub(super) enum Successor {
    /// This step of the same sequence.
    Step(String),
    /// Nothing: the sequence ended with this output.
    End(Json),
    /// Nothing: the sequence failed.
    Failed(Failure),
}

/// What follows `run` of `step`; `None` while it is under way.
pub(super) fn successor(step: &Step, run: &StepRun) -> Option<Successor> {
    let next = |id: &Option<String>, output: &Json| match id {
        Some(id) => Successor::Step(id.clone()),
        None => Successor::End(output.clone()),
    };
    Some(match run.outcome.as_ref()? {
        Outcome::Completed(output) => match &step.kind {
            // The output of a branch is the step that it took.
            StepKind::Branch { .. } => next(&output.as_str().map(str::to_owned), output),
            _ => next(&step.next, output),
        },
        Outcome::Failed { failure, handled: false } => Successor::Failed(failure.clone()),
        Outcome::Failed { failure, handled: true } => match &step.on_error {
            Some(OnError::Continue) => next(&step.next, &Json::default()),
            Some(OnError::Next { next }) => Successor::Step(next.clone()),
            None => Successor::Failed(failure.clone()),
        },
    })
}

/// Decides until only the world can make the run go on.
pub(super) fn settle(draft: &mut Draft<'_>) {
    while let Some(next) = draft.next_move() {
        match next {
            Move::Begin { path, branch } => begin(draft, path, branch),
            Move::Ended { path } => ended(draft, &path),
            Move::Pass { path } => pass(draft, path),
        }
    }
}

fn begin(draft: &mut Draft<'_>, path: StepPath, branch: Option<String>) {
    // Its container may have failed in the same decision, after this step was queued.
    if !draft.state.sequence_is_open(&path) {
        return;
    }
    if let Some(failure) = budget::no_more_steps(draft.state) {
        return draft.fail_run(failure);
    }
    let program = draft.state.program().clone();
    let Some(step) = program.step(path.step_id()) else {
        return unfit(draft, format!("The definition has no step '{}'", path.step_id()));
    };
    // Validation refuses such definitions. Here they would overwrite what happened already.
    if draft.state.run_of(&path).is_some() {
        return unfit(draft, format!("Step '{}' was reached a second time", step.id));
    }
    if path.depth() > MAX_NESTING {
        return unfit(draft, format!("Step '{}' nests too deep", step.id));
    }
    let request = step::request(draft.state, step, &path);
    draft.emit(EventKind::StepStarted {
        step: path.clone(),
        kind: step.kind.name().to_owned(),
        title: scope::title(draft.state, step, &path),
        branch,
        request: request.as_ref().ok().cloned().flatten(),
        reused: false,
    });
    match request {
        Ok(_) => step::begin(draft, step, &path),
        Err(failure) => draft.fail_step(&path, failure),
    }
}

/// Begins one pass at once, so that a second look sees it, and looks again behind what that led to.
fn pass(draft: &mut Draft<'_>, path: StepPath) {
    if let Some(first) = step::map::next_pass(draft.state, &path) {
        begin(draft, first, None);
        draft.later(Move::Pass { path });
    }
}

fn unfit(draft: &mut Draft<'_>, sentence: String) {
    draft.fail_run(Failure::new(ErrorCode::DefinitionError, sentence));
}

fn ended(draft: &mut Draft<'_>, path: &StepPath) {
    let Some((branch, successor)) = successor_in(draft.state, path) else {
        return;
    };
    match (successor, path.parent()) {
        (Successor::Step(id), _) => draft.begin(path.sibling(&id), branch),
        (_, Some(parent)) => step::settle(draft, &parent),
        (Successor::End(output), None) => end_run(draft, output),
        (Successor::Failed(failure), None) => draft.fail_run(failure),
    }
}

fn successor_in(state: &State, path: &StepPath) -> Option<(Option<String>, Successor)> {
    let (step, run) = (state.step_of(path)?, state.run_of(path)?);
    Some((run.branch.clone(), successor(step, run)?))
}

fn end_run(draft: &mut Draft<'_>, last: Json) {
    match scope::output(draft.state, last) {
        Ok(output) => draft.emit(EventKind::ExecutionCompleted { output }),
        Err(failure) => draft.fail_run(failure),
    }
}
