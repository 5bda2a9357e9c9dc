//! `branch`: the first case that holds, else `default`. Its output is the step that it took.

use serde_json::Value;

use crate::interpreter::draft::Draft;
use crate::interpreter::scope;
use crate::json::Json;
use crate::path::StepPath;
use crate::workflow::BranchCase;

pub(super) fn begin(draft: &mut Draft<'_>, path: &StepPath, cases: &[BranchCase], default: Option<&str>) {
    let mut taken = default;
    for case in cases {
        match scope::holds(draft.state, path, &case.when) {
            Ok(true) => {
                taken = Some(&case.next);
                break;
            }
            Ok(false) => {}
            Err(failure) => return draft.fail_step(path, failure),
        }
    }
    draft.complete_step(path, Json::new(Value::from(taken)));
}
