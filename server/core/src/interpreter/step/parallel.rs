//! `parallel`: sequences side by side, joined.

use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::interpreter::draft::Draft;
use crate::interpreter::state::{Branch, Work};
use crate::json::Json;
use crate::path::StepPath;
use crate::workflow::{FailMode, StepKind};

pub(super) fn begin(draft: &mut Draft<'_>, path: &StepPath, branches: &[String]) {
    for first in branches {
        draft.begin(path.child(first), Some(first.clone()));
    }
    if branches.is_empty() {
        draft.complete_step(path, Json::new(Value::Object(Map::new())));
    }
}

/// A branch of the step at `path` ended: does the step end with it?
pub(in crate::interpreter) fn settle(draft: &mut Draft<'_>, path: &StepPath) {
    if !draft.state.active.contains(path) {
        return;
    }
    let Some(standing) = standing(draft, path) else { return };
    match standing {
        Standing::Failed(failure) => draft.fail_step(path, failure),
        Standing::Completed(output) => draft.complete_step(path, output),
        Standing::Running => {}
    }
}

enum Standing {
    Running,
    Completed(Json),
    Failed(Failure),
}

fn standing(draft: &Draft<'_>, path: &StepPath) -> Option<Standing> {
    let StepKind::Parallel { branches: order, fail } = &draft.state.step_of(path)?.kind else { return None };
    let Work::Parallel(branches) = &draft.state.run_of(path)?.work else { return None };
    let running = branches.values().any(|branch| *branch == Branch::Running);
    // In the order of the definition, so that the outcome does not depend on who was faster.
    let failed = order.iter().find_map(|first| match branches.get(first)? {
        Branch::Failed(failure) => Some(failure.clone()),
        _ => None,
    });
    Some(match (failed, running) {
        (Some(failure), false) => Standing::Failed(failure),
        (Some(failure), true) if *fail == FailMode::Fast => Standing::Failed(failure),
        (_, true) => Standing::Running,
        (None, false) => Standing::Completed(Json::new(outputs(order, branches))),
    })
}

fn outputs(order: &[String], branches: &std::collections::BTreeMap<String, Branch>) -> Value {
    let outputs = order.iter().filter_map(|first| match branches.get(first)? {
        Branch::Completed(output) => Some((first.clone(), (**output).clone())),
        _ => None,
    });
    Value::Object(outputs.collect())
}
