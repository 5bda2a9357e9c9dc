//! `parallel`: sequences side by side, joined.

use serde_json::{Map, Value};

use crate::interpreter::branches::Ending;
use crate::interpreter::draft::Draft;
use crate::interpreter::state::Work;
use crate::json::Json;
use crate::path::StepPath;
use crate::workflow::StepKind;

pub(super) fn begin(draft: &mut Draft<'_>, path: &StepPath, branches: &[String]) {
    for first in branches {
        draft.begin(path.child(first), Some(first.clone()));
    }
    if branches.is_empty() {
        draft.complete_step(path, Json::new(Value::Object(Map::new())));
    }
}

/// A branch of the step at `path` ended: does the step end with it?
pub(super) fn settle(draft: &mut Draft<'_>, path: &StepPath) {
    match verdict(draft, path) {
        Some(Ending::Failed(failure)) => draft.fail_step(path, failure),
        Some(Ending::Completed(output)) => draft.complete_step(path, output),
        None => {}
    }
}

fn verdict(draft: &Draft<'_>, path: &StepPath) -> Option<Ending> {
    let StepKind::Parallel { branches: order, fail } = &draft.state.step_of(path)?.kind else {
        return None;
    };
    match &draft.state.run_of(path)?.work {
        Work::Parallel(branches) => branches.verdict(order, *fail),
        _ => None,
    }
}
