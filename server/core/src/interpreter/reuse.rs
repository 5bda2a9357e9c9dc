//! Trying a run again from where it failed: which of its steps are not done again, and how the new run
//! goes on behind them.
//!
//! A step that ended for good is taken over with its output, together with everything inside it. A
//! `parallel`, `map` or `loop` that did not end is opened again where something inside it is taken over:
//! branches, passes and rounds that ended stay as they are, and so do the first steps of one that did
//! not. Everything else is done anew: an agent's talk from its beginning, a child as another run, an
//! approval by asking once more. What is taken over counts neither steps nor tokens.

use std::collections::BTreeSet;

use super::draft::{Draft, Move};
use super::sequence::{Successor, successor};
use super::state::{Outcome, State};
use super::step;
use crate::execution::{Event, EventKind};
use crate::path::StepPath;
use crate::workflow::StepKind;

/// What a run that tries again begins with: of the log of a run that failed, whose last state `state` is,
/// what is not done again.
#[must_use]
pub fn reusable(state: &State, log: &[Event]) -> Vec<EventKind> {
    let (whole, open) = kept(state);
    let keeps = |event: &Event| match &event.kind {
        EventKind::StepStarted { step, kind, title, branch, request, .. }
            if whole.contains(step) || open.contains(step) =>
        {
            Some(EventKind::StepStarted {
                step: step.clone(),
                kind: kind.clone(),
                title: title.clone(),
                branch: branch.clone(),
                request: request.clone(),
                reused: true,
            })
        }
        kind @ (EventKind::StepCompleted { step, .. } | EventKind::StepFailed { step, .. })
            if whole.contains(step) =>
        {
            Some(kind.clone())
        }
        _ => None,
    };
    log.iter().filter_map(keeps).collect()
}

/// Steps that are taken over as they ended, and containers that are opened again.
fn kept(state: &State) -> (BTreeSet<StepPath>, BTreeSet<StepPath>) {
    let (mut whole, mut open) = (BTreeSet::new(), BTreeSet::new());
    // A path sorts behind those of the steps around it.
    for (path, run) in &state.steps {
        let around = path.parent();
        let ended = match &run.outcome {
            Some(Outcome::Completed(_)) => true,
            Some(Outcome::Failed { handled, .. }) => *handled,
            None => false,
        };
        let inside = |of: &BTreeSet<StepPath>| around.as_ref().is_some_and(|around| of.contains(around));
        let stands = around.is_none() || inside(&open);
        if inside(&whole) || (stands && ended) {
            whole.insert(path.clone());
        } else if stands && is_container(state, path) {
            open.insert(path.clone());
        }
    }
    open.retain(|path| {
        // `#` sorts before `/`, and both before all that ids are made of.
        let first = StepPath::root(&format!("{path}#"));
        whole.range(first..).next().is_some_and(|inner| inner.is_inside(path))
    });
    (whole, open)
}

fn is_container(state: &State, path: &StepPath) -> bool {
    let kind = state.step_of(path).map(|step| &step.kind);
    matches!(kind, Some(StepKind::Parallel { .. } | StepKind::Map { .. } | StepKind::Loop { .. }))
}

/// Goes on behind what was taken over.
pub(super) fn go_on(draft: &mut Draft<'_>) {
    let state = &*draft.state;
    let last: Vec<StepPath> = state.steps.keys().filter(|path| is_last(state, path)).cloned().collect();
    let open: Vec<StepPath> = state.active.iter().cloned().collect();
    let rests = |path: &&StepPath| {
        let inside = |inner: &StepPath| inner.parent().as_ref() == Some(*path);
        !last.iter().any(inside) && !open.iter().any(inside)
    };
    let resting: Vec<StepPath> = open.iter().filter(rests).cloned().collect();
    for path in last {
        draft.later(Move::Ended { path });
    }
    for path in open {
        match draft.state.step_of(&path).map(|step| step.kind.clone()) {
            Some(StepKind::Parallel { branches, .. }) => {
                let begun = |first: &String| draft.state.run_of(&path.child(first)).is_some();
                let missing: Vec<_> = branches.into_iter().filter(|first| !begun(first)).collect();
                for first in missing {
                    draft.begin(path.child(&first), Some(first));
                }
                step::settle(draft, &path);
            }
            Some(StepKind::Map { .. }) => step::settle(draft, &path),
            // While a round is under way, the next one does not begin.
            Some(StepKind::Loop { .. }) if resting.contains(&path) => step::settle(draft, &path),
            _ => {}
        }
    }
}

/// Whether the step is the one that its sequence, which has not ended, got to.
fn is_last(state: &State, path: &StepPath) -> bool {
    if !state.sequence_is_open(path) {
        return false;
    }
    let (Some(step), Some(run)) = (state.step_of(path), state.run_of(path)) else { return false };
    match successor(step, run) {
        Some(Successor::Step(next)) => state.run_of(&path.sibling(&next)).is_none(),
        // The end of an inner sequence is the business of the step around it.
        Some(Successor::End(_) | Successor::Failed(_)) => path.parent().is_none(),
        None => false,
    }
}
