//! `loop`: one sequence again and again, while its condition holds. Its output is what the last
//! round came to, null where there was none.

use crate::interpreter::draft::Draft;
use crate::interpreter::scope;
use crate::interpreter::state::Work;
use crate::path::StepPath;
use crate::workflow::StepKind;

/// A round ended, or none has begun yet: the next one begins, or the step ends.
pub(super) fn advance(draft: &mut Draft<'_>, path: &StepPath) {
    let program = draft.state.program().clone();
    let Some(StepKind::Loop { condition, steps, max_iterations }) =
        program.step(path.step_id()).map(|step| &step.kind)
    else {
        return;
    };
    let Some(Work::Loop(rounds)) = draft.state.run_of(path).map(|run| &run.work) else {
        return;
    };
    if let Some(failure) = rounds.failed.clone() {
        return draft.fail_step(path, failure);
    }
    let (begun, last) = (rounds.begun, rounds.last.clone());
    if begun >= *max_iterations {
        return draft.complete_step(path, last);
    }
    match (scope::holds_before_round(draft.state, path, begun, condition), steps.first()) {
        (Ok(true), Some(first)) => draft.begin(path.child_in(begun, first), None),
        (Ok(_), _) => draft.complete_step(path, last),
        (Err(failure), _) => draft.fail_step(path, failure),
    }
}
