//! `approval`: waits for somebody's decision. Its output is what they filled in.

use serde_json::Value;

use crate::error::ErrorCode;
use crate::execution::{Decision, EventKind, Refusal, Verdict, approval_id};
use crate::failure::Failure;
use crate::interpreter::draft::Draft;
use crate::interpreter::state::{Phase, State};
use crate::interpreter::{bounds, scope};
use crate::json::Json;
use crate::path::StepPath;
use crate::workflow::{OnTimeout, StepKind};

pub(super) fn begin(draft: &mut Draft<'_>, path: &StepPath, prompt: &str, schema: Option<&Value>) {
    let prompt = match scope::render_text(draft.state, path, prompt) {
        Ok(prompt) => prompt,
        Err(failure) => return draft.fail_step(path, failure),
    };
    let seconds = draft.state.step_of(path).and_then(|step| step.timeout_seconds);
    let began_at = draft.state.run_of(path).map(|run| run.began_at);
    let expires_at = seconds.zip(began_at).map(|(s, at)| at.plus_millis(s.saturating_mul(1_000)));
    draft.emit(EventKind::ApprovalRequired {
        step: path.clone(),
        approval_id: approval_id(path),
        prompt,
        schema: schema.cloned().map(Json::new),
        expires_at,
    });
}

impl State {
    /// Why this decision cannot be taken; `None` when it can.
    #[must_use]
    pub fn refusal(&self, approval: &str, decision: &Decision) -> Option<Refusal> {
        let Some(path) = self.open_approval(approval) else {
            let was_there = self.steps.keys().any(|path| self.asks(path) && approval_id(path) == approval);
            return Some(if was_there { Refusal::Decided } else { Refusal::Unknown });
        };
        let data = decision.data.as_deref().unwrap_or(&Value::Null);
        let problems = match decision.decision {
            Verdict::Approve => self.program().decision_problems(path.step_id(), data),
            Verdict::Reject => Vec::new(),
        };
        (!problems.is_empty()).then_some(Refusal::Unfit(problems))
    }

    fn open_approval(&self, approval: &str) -> Option<StepPath> {
        let is_open = self.phase == Phase::Running;
        let mut open = self.active.iter().filter(|path| is_open && self.asks(path));
        open.find(|path| approval_id(path) == approval).cloned()
    }

    fn asks(&self, path: &StepPath) -> bool {
        matches!(self.step_of(path).map(|step| &step.kind), Some(StepKind::Approval { .. }))
    }
}

/// Somebody decided. What cannot be taken changes nothing.
pub(in crate::interpreter) fn decided(draft: &mut Draft<'_>, approval: &str, decision: Decision) {
    if draft.state.refusal(approval, &decision).is_some() {
        return;
    }
    if let Some(path) = draft.state.open_approval(approval) {
        resolve(draft, &path, decision, false);
    }
}

/// Nobody decided in time.
pub(in crate::interpreter) fn expired(draft: &mut Draft<'_>, path: &StepPath, on_timeout: OnTimeout) {
    let decision = match on_timeout {
        OnTimeout::Approve => Verdict::Approve,
        OnTimeout::Reject => Verdict::Reject,
        OnTimeout::Fail => {
            let sentence = format!("Nobody decided step '{}' in time", path.step_id());
            return draft.fail_step(path, Failure::new(ErrorCode::StepTimeout, sentence));
        }
    };
    resolve(draft, path, Decision { decision, data: None, comment: None, by: None }, true);
}

fn resolve(draft: &mut Draft<'_>, path: &StepPath, decision: Decision, timed_out: bool) {
    let what = format!("The data of the decision about step '{}'", path.step_id());
    let data = decision.data.clone().unwrap_or_default();
    if let Err(failure) = bounds::check(&data, ErrorCode::DefinitionError, &what) {
        return draft.fail_step(path, failure);
    }
    let rejected = rejection(path, &decision, timed_out);
    draft.emit(EventKind::ApprovalResolved {
        step: path.clone(),
        approval_id: approval_id(path),
        decision,
        timed_out,
    });
    match rejected {
        Some(failure) => draft.fail_step(path, failure),
        None => draft.complete_step(path, data),
    }
}

fn rejection(path: &StepPath, decision: &Decision, timed_out: bool) -> Option<Failure> {
    let id = path.step_id();
    let sentence = match (decision.decision, &decision.comment) {
        (Verdict::Approve, _) => return None,
        (Verdict::Reject, _) if timed_out => format!("Nobody decided step '{id}' in time, which rejects it"),
        (Verdict::Reject, Some(comment)) => format!("Step '{id}' was rejected: {comment}"),
        (Verdict::Reject, None) => format!("Step '{id}' was rejected"),
    };
    Some(Failure::new(ErrorCode::ApprovalRejected, sentence))
}
