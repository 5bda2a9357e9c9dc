//! What becomes of activities that were under way when the process ended.
//!
//! After an orderly shutdown the log says which they were, and they are done again. After a crash
//! nobody knows whether they reached the outside: the first time they are done again under the same
//! idempotency key, the second time the run is quarantined rather than risking a third.

use super::child;
use crate::error::ErrorCode;
use crate::execution::{EventKind, RetryReason};
use crate::failure::Failure;
use crate::interpreter::ObligationId;
use crate::interpreter::draft::Draft;
use crate::interpreter::obligation::Target;
use crate::interpreter::state::OpenCall;
use crate::path::StepPath;

/// The process is shutting down and stopped this activity.
pub(in crate::interpreter) fn interrupt(draft: &mut Draft<'_>, id: &ObligationId) {
    let Some((path, call, attempt)) = activity(id) else {
        return;
    };
    let stopped =
        draft.state.open_call(&path, call).is_some_and(|open| open.attempt == attempt && !open.parked);
    if stopped {
        again(draft, &path, call, attempt, RetryReason::Interrupted);
    }
}

/// The process started anew: every open activity is accounted for before it is begun again.
pub(in crate::interpreter) fn recover(draft: &mut Draft<'_>) {
    let open: Vec<(StepPath, String, OpenCall)> = draft
        .state
        .active
        .iter()
        .flat_map(|path| {
            let calls = draft.state.open_calls(path);
            calls.into_iter().map(|(name, call)| (path.clone(), name, call.clone()))
        })
        .collect();
    // A call that waits for its pause is certainly not under way.
    let begun = |call: &OpenCall| call.not_before.is_none_or(|at| at <= draft.now);
    let accounts: Vec<_> = open
        .into_iter()
        .filter_map(|(path, name, call)| match (call.parked, begun(&call)) {
            (true, _) => Some((path, name, call, RetryReason::Resumed)),
            (false, true) => Some((path, name, call, RetryReason::InDoubt)),
            (false, false) => None,
        })
        .collect();
    let twice =
        accounts.iter().find(|(_, _, call, reason)| *reason == RetryReason::InDoubt && call.doubts > 0);
    if let Some((path, ..)) = twice {
        return quarantine(draft, path);
    }
    for (path, name, call, reason) in accounts {
        again(draft, &path, &name, call.attempt, reason);
    }
}

/// Whoever did this activity is gone: the same account for it alone.
pub(in crate::interpreter) fn in_doubt(draft: &mut Draft<'_>, id: &ObligationId) {
    let Some((path, call, attempt)) = activity(id) else {
        return;
    };
    let open = draft.state.open_call(&path, call).filter(|open| open.attempt == attempt && !open.parked);
    match open.map(|open| open.doubts) {
        Some(0) => again(draft, &path, call, attempt, RetryReason::InDoubt),
        Some(_) => quarantine(draft, &path),
        None => {}
    }
}

/// The step, the activity and the attempt. A child is no activity: it goes on by itself, and whoever
/// asks for it again finds it.
fn activity(id: &ObligationId) -> Option<(StepPath, &str, u32)> {
    match id.parse()? {
        Target::Call { call: child::CALL, .. } => None,
        Target::Call { path, call, attempt } => Some((StepPath::root(path), call, attempt)),
        _ => None,
    }
}

fn quarantine(draft: &mut Draft<'_>, path: &StepPath) {
    let sentence =
        format!("Step '{}' was under way at two crashes and is not tried a third time", path.step_id());
    draft.fail_run(Failure::new(ErrorCode::Quarantined, sentence));
}

fn again(draft: &mut Draft<'_>, path: &StepPath, call: &str, attempt: u32, reason: RetryReason) {
    draft.emit(EventKind::StepRetrying {
        step: path.clone(),
        call: call.to_owned(),
        attempt,
        fallback: None,
        reason,
        retry_at: None,
        failure: None,
    });
}
