//! `transform`: shapes data.

use serde_json::Value;

use crate::interpreter::draft::Draft;
use crate::interpreter::scope;
use crate::path::StepPath;

pub(super) fn begin(draft: &mut Draft<'_>, path: &StepPath, value: &Value) {
    match scope::render(draft.state, path, value) {
        Ok(output) => draft.complete_step(path, output),
        Err(failure) => draft.fail_step(path, failure),
    }
}
