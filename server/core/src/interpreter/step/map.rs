//! `map`: one sequence for each item, some of them side by side. Its output is the list of what
//! they came to, in the order of the items.

use serde_json::{Value, json};

use crate::error::ErrorCode;
use crate::failure::Failure;
use crate::interpreter::branches::Ending;
use crate::interpreter::draft::{Draft, Move};
use crate::interpreter::items::Items;
use crate::interpreter::scope;
use crate::interpreter::state::{State, Work};
use crate::json::Json;
use crate::path::StepPath;
use crate::workflow::StepKind;

/// Items of one `map`: no run may begin more steps.
const MAX_ITEMS: usize = 10_000;

/// The items, as they go into the log.
pub(super) fn request(state: &State, path: &StepPath, items: &Value) -> Result<Json, Failure> {
    let items = scope::render(state, path, items)?;
    let wrong = |sentence| Err(Failure::new(ErrorCode::DefinitionError, sentence));
    let id = path.step_id();
    match items.as_array().map(Vec::len) {
        Some(0..=MAX_ITEMS) => Ok(Json::new(json!({ "items": *items }))),
        Some(count) => wrong(format!("Step '{id}' has {count} items; at most {MAX_ITEMS} are allowed")),
        None => wrong(format!("The items of step '{id}' are no list")),
    }
}

/// A pass ended, or none has begun yet: the step ends, or as many begin as may be under way.
pub(super) fn advance(draft: &mut Draft<'_>, path: &StepPath) {
    match draft.state.items(path).and_then(|items| items.verdict()) {
        Some(Ending::Failed(failure)) => draft.fail_step(path, failure),
        Some(Ending::Completed(output)) => draft.complete_step(path, output),
        None => draft.later(Move::Pass { path: path.clone() }),
    }
}

/// The first step of the pass that may begin next.
pub(in crate::interpreter) fn next_pass(state: &State, path: &StepPath) -> Option<StepPath> {
    let StepKind::Map { steps, max_concurrency, .. } = &state.step_of(path)?.kind else {
        return None;
    };
    let pass = state.items(path)?.next(*max_concurrency)?;
    Some(path.child_in(pass, steps.first()?))
}

impl State {
    fn items(&self, path: &StepPath) -> Option<&Items> {
        match &self.run_of(path)?.work {
            Work::Map(items) => Some(items),
            _ => None,
        }
    }
}
