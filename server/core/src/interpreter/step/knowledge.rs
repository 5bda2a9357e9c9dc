//! `knowledge`: one search in a collection. Its output is the list of the hits.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::tool::{CALL, try_again};
use crate::activity::{ActivityError, ActivityOutput};
use crate::error::ErrorCode;
use crate::execution::EventKind;
use crate::failure::Failure;
use crate::interpreter::draft::Draft;
use crate::interpreter::state::{OpenCall, State, Work};
use crate::interpreter::{bounds, scope};
use crate::json::Json;
use crate::knowledge::{Hit, Retrieval};
use crate::path::StepPath;
use crate::workflow::{Step, StepKind};

/// The rendered search, as it goes into the log.
pub(super) fn request(
    state: &State,
    path: &StepPath,
    collection: &str,
    query: &str,
    top_k: u32,
    filter: &Map<String, Value>,
) -> Result<Json, Failure> {
    let query = scope::render_text(state, path, query)?;
    let filter = scope::render(state, path, &Value::Object(filter.clone()))?;
    let filter = filter.as_object().cloned().unwrap_or_default();
    let retrieval = Retrieval { collection: collection.to_owned(), query, top_k, filter };
    match retrieval.fault() {
        None => Ok(retrieval.to_json()),
        Some(fault) => {
            let sentence = format!("The search of step '{}' cannot be done: {fault}", path.step_id());
            Err(Failure::new(ErrorCode::DefinitionError, sentence))
        }
    }
}

/// What a logged search has under way.
pub(in crate::interpreter) fn work(request: &Json) -> Option<Work> {
    let retrieval = Retrieval::deserialize(&**request).ok()?;
    Some(Work::Knowledge { call: OpenCall::first(), retrieval })
}

pub(super) fn outcome(
    draft: &mut Draft<'_>,
    step: &Step,
    path: &StepPath,
    result: Result<ActivityOutput, ActivityError>,
) {
    let StepKind::Knowledge { collection, .. } = &step.kind else {
        return;
    };
    match result.and_then(|output| taken(draft, path, 0, CALL, collection, output)) {
        Ok(hits) => draft.complete_step(path, hits),
        Err(error) => {
            if !try_again(draft, step, path, CALL, &error) {
                draft.fail_step(path, error.failure);
            }
        }
    }
}

/// Notes what was found, and gives it as templates and models see it; anything else is a fault of the
/// adapter.
pub(super) fn taken(
    draft: &mut Draft<'_>,
    path: &StepPath,
    turn: u32,
    call: &str,
    collection: &str,
    output: ActivityOutput,
) -> Result<Json, ActivityError> {
    let ActivityOutput::RetrieveKnowledge { hits } = output else {
        return Err(super::dialogue::misfit("a search"));
    };
    let count = u32::try_from(hits.len()).unwrap_or(u32::MAX);
    let found = Value::Array(hits.into_iter().map(Hit::into_value).collect());
    bounds::check(&found, ErrorCode::ToolFailed, "What the search found")
        .map_err(ActivityError::permanent)?;
    draft.emit(EventKind::KnowledgeRetrieved {
        step: path.clone(),
        turn,
        call_id: call.to_owned(),
        collection: collection.to_owned(),
        hits: count,
    });
    Ok(Json::new(found))
}
