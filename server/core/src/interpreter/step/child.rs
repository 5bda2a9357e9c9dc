//! `workflow`: runs another definition as a run of its own, with a share of what is left of this
//! run's limits. Its output is the child's.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::activity::{ActivityError, RetryClass};
use crate::error::ErrorCode;
use crate::execution::{ChildEnd, ChildRun, EventKind};
use crate::failure::Failure;
use crate::ids::ExecutionId;
use crate::interpreter::draft::Draft;
use crate::interpreter::state::{State, Work};
use crate::interpreter::{ObligationId, budget, scope};
use crate::json::Json;
use crate::path::StepPath;
use crate::time::Timestamp;
use crate::workflow::validate::MAX_CHILD_DEPTH;
use crate::workflow::{Retry, Step};

/// Name of the step's only obligation.
pub(in crate::interpreter) const CALL: &str = "child";

/// A child has tried its own steps again where they let it: as a whole it is run once, unless the
/// step says otherwise.
const ONCE: Retry =
    Retry { max_attempts: 1, initial_interval_ms: 500, backoff: 2.0, max_interval_ms: 30_000 };

pub(super) fn begin(
    draft: &mut Draft<'_>,
    path: &StepPath,
    workflow: &str,
    input: Option<&Value>,
    context: &Map<String, Value>,
) {
    if draft.state.depth() >= MAX_CHILD_DEPTH {
        let sentence = format!(
            "Step '{}' would start a child {} executions deep; {MAX_CHILD_DEPTH} are the most",
            path.step_id(),
            draft.state.depth().saturating_add(1)
        );
        return draft.fail_step(path, Failure::new(ErrorCode::DefinitionError, sentence));
    }
    let rendered = |value: Option<&Value>, absent: Json| match value {
        Some(value) => scope::render(draft.state, path, value),
        None => Ok(absent),
    };
    let overlay = (!context.is_empty()).then(|| Value::Object(context.clone()));
    let given = rendered(input, draft.state.input.clone())
        .and_then(|input| Ok((input, rendered(overlay.as_ref(), Json::default())?)));
    match given {
        Ok((input, context)) => start(draft, path, workflow, input, context, 1),
        Err(failure) => draft.fail_step(path, failure),
    }
}

fn start(draft: &mut Draft<'_>, path: &StepPath, workflow: &str, input: Json, context: Json, attempt: u32) {
    let budget = match budget::share(draft.state, path) {
        Ok(budget) => budget,
        Err(failure) => return draft.fail_step_and_run(path, failure),
    };
    let obligation = ObligationId::call(path, CALL, attempt);
    draft.emit(EventKind::ChildStarted {
        step: path.clone(),
        execution_id: child_id(&draft.state.execution_id, &obligation, draft.now),
        workflow: workflow.to_owned(),
        input,
        context,
        budget,
    });
}

/// The same for the same obligation, and as old as it is.
fn child_id(parent: &ExecutionId, obligation: &ObligationId, at: Timestamp) -> ExecutionId {
    const VERSION: u128 = 7 << 76;
    const VARIANT: u128 = 2 << 62;
    // What a UUIDv7 leaves to chance (RFC 9562, 5.7).
    const CHANCE: u128 = (0xfff << 64) | ((1 << 62) - 1);
    let digest = Sha256::digest(format!("{parent}:{obligation}"));
    let drawn = digest.iter().take(16).fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    let millis = u128::from(u64::try_from(at.millis()).unwrap_or(0));
    ExecutionId::from_uuid(millis << 80 | VERSION | VARIANT | (drawn & CHANCE))
}

/// The child ended.
pub(in crate::interpreter) fn ended(draft: &mut Draft<'_>, path: &StepPath, attempt: u32, end: ChildEnd) {
    let program = draft.state.program().clone();
    let (Some(step), Some(child)) = (program.step(path.step_id()), draft.state.child_of(path, attempt))
    else {
        return;
    };
    let mut total = draft.state.usage;
    total += end.usage;
    draft.emit(EventKind::ChildEnded {
        step: path.clone(),
        execution_id: child.execution_id.clone(),
        code: end.outcome.as_ref().err().map(|failure| failure.code.clone()),
        steps: end.steps,
        usage: end.usage,
        total,
    });
    match end.outcome {
        Ok(output) => draft.complete_step(path, output),
        Err(failure) => failed(draft, step, path, child, failure),
    }
}

fn failed(draft: &mut Draft<'_>, step: &Step, path: &StepPath, child: ChildRun, failure: Failure) {
    let retry = if failure.code.retryable() { RetryClass::Backoff } else { RetryClass::Never };
    let error = ActivityError { failure, retry };
    let policy = step.retry.as_ref().unwrap_or(&ONCE);
    match super::tool::another_attempt(draft, policy, path, CALL, &error) {
        Some(attempt) => start(draft, path, &child.workflow, child.input, child.context, attempt),
        None => draft.fail_step(path, error.failure),
    }
}

impl State {
    /// The child that an open obligation asks for; `None` when it asks for none or is not open.
    #[must_use]
    pub fn child(&self, id: &ObligationId) -> Option<ChildRun> {
        let (path, attempt) = id.child()?;
        self.child_of(&path, attempt)
    }

    /// Whether a step still waits for this child.
    #[must_use]
    pub fn waits_for(&self, child: &ExecutionId) -> bool {
        let is_it = |path| {
            matches!(self.run_of(path).map(|run| &run.work),
            Some(Work::Child { run, .. }) if run.execution_id == *child)
        };
        self.active.iter().any(is_it)
    }

    fn child_of(&self, path: &StepPath, attempt: u32) -> Option<ChildRun> {
        match &self.run_of(path).filter(|_| self.active.contains(path))?.work {
            Work::Child { call, run } if call.attempt == attempt => Some((**run).clone()),
            _ => None,
        }
    }
}
