//! `fail`: ends the run with a sentence of the definition's author.

use serde_json::Value;

use crate::error::ErrorCode;
use crate::failure::{Failure, FailureCode};
use crate::interpreter::draft::Draft;
use crate::interpreter::scope;
use crate::path::StepPath;

/// The code of a `fail` step that names none.
const DEFAULT_CODE: &str = "failed";

pub(super) fn begin(draft: &mut Draft<'_>, path: &StepPath, code: Option<&str>, message: &str) {
    let text = |template: &str| {
        scope::render(draft.state, path, &Value::from(template))
            .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    };
    let failure = match (code.map_or(Ok(DEFAULT_CODE.to_owned()), text), text(message)) {
        (Ok(code), Ok(message)) => match FailureCode::authored(&code) {
            Some(code) => Failure::new(code, message),
            None => Failure::new(ErrorCode::DefinitionError, "The code of a fail step is no word")
                .with_detail(format!("'{code}' does not match [a-z][a-z0-9_]{{0,63}}")),
        },
        (Err(failure), _) | (_, Err(failure)) => failure,
    };
    draft.fail_step_and_run(path, failure);
}
