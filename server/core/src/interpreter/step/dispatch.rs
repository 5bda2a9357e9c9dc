//! Which file of this folder answers for which kind of step.

use super::{
    agent, approval, branch, child, dialogue, fail, knowledge, llm, map, parallel, round, tool, transform,
    wait,
};
use crate::activity::{ActivityError, ActivityOutput};
use crate::failure::Failure;
use crate::interpreter::draft::Draft;
use crate::interpreter::state::State;
use crate::json::Json;
use crate::path::StepPath;
use crate::workflow::{Step, StepKind};

/// What goes into the log with the step's beginning, where its kind has something to put there.
pub(in crate::interpreter) fn request(
    state: &State,
    step: &Step,
    path: &StepPath,
) -> Result<Option<Json>, Failure> {
    match &step.kind {
        StepKind::Llm { system, prompt, .. } => {
            llm::request(state, path, system.as_deref(), prompt).map(Some)
        }
        StepKind::Knowledge { collection, query, top_k, filter } => {
            knowledge::request(state, path, collection, query, *top_k, filter).map(Some)
        }
        StepKind::Map { items, .. } => map::request(state, path, items).map(Some),
        _ => Ok(None),
    }
}

/// The step began: what follows at once.
pub(in crate::interpreter) fn begin(draft: &mut Draft<'_>, step: &Step, path: &StepPath) {
    match &step.kind {
        StepKind::Agent { agent, input, .. } => agent::begin(draft, path, agent, input.as_ref()),
        StepKind::Llm { .. } => llm::begin(draft, path),
        StepKind::Tool { tool, arguments } => tool::begin(draft, path, tool, arguments),
        // The search is open since the step's beginning was logged.
        StepKind::Knowledge { .. } => {}
        StepKind::Branch { cases, default } => branch::begin(draft, path, cases, default.as_deref()),
        StepKind::Parallel { branches, .. } => parallel::begin(draft, path, branches),
        StepKind::Map { .. } => map::advance(draft, path),
        StepKind::Loop { .. } => round::advance(draft, path),
        StepKind::Approval { prompt, schema, .. } => {
            approval::begin(draft, path, prompt, schema.as_ref());
        }
        StepKind::Workflow { workflow, input, context } => {
            child::begin(draft, path, workflow, input.as_ref(), context);
        }
        StepKind::Wait { seconds, until } => wait::begin(draft, path, seconds.as_ref(), until.as_deref()),
        StepKind::Transform { value } => transform::begin(draft, path, value),
        StepKind::Fail { code, message } => fail::begin(draft, path, code.as_deref(), message),
    }
}

/// A sequence inside the step at `path` ended: does the step end with it?
pub(in crate::interpreter) fn settle(draft: &mut Draft<'_>, path: &StepPath) {
    match draft.state.step_of(path).map(|step| &step.kind) {
        Some(StepKind::Parallel { .. }) => parallel::settle(draft, path),
        Some(StepKind::Map { .. }) => map::advance(draft, path),
        Some(StepKind::Loop { .. }) => round::advance(draft, path),
        _ => {}
    }
}

/// The open activity `call` of the step came back.
pub(in crate::interpreter) fn outcome(
    draft: &mut Draft<'_>,
    path: &StepPath,
    call: &str,
    result: Result<ActivityOutput, ActivityError>,
) {
    let program = draft.state.program().clone();
    let Some(step) = program.step(path.step_id()) else {
        return;
    };
    match &step.kind {
        StepKind::Tool { .. } => tool::outcome(draft, step, path, result),
        StepKind::Knowledge { .. } => knowledge::outcome(draft, step, path, result),
        _ => dialogue::outcome(draft, step, path, call, result),
    }
}
