//! `wait`: a durable timer.

use serde_json::Value;

use crate::error::ErrorCode;
use crate::execution::{EventKind, TimerReason};
use crate::failure::Failure;
use crate::interpreter::draft::Draft;
use crate::interpreter::scope;
use crate::interpreter::state::Work;
use crate::json::Json;
use crate::path::StepPath;
use crate::time::Timestamp;

/// The longest wait, in seconds: a year.
const LONGEST_SECONDS: f64 = 31_536_000.0;

pub(super) fn begin(draft: &mut Draft<'_>, path: &StepPath, seconds: Option<&Value>, until: Option<&str>) {
    let fire_at = match (seconds, until) {
        (Some(seconds), _) => {
            scope::render(draft.state, path, seconds).and_then(|value| after_seconds(draft.now, &value))
        }
        (None, Some(until)) => scope::render(draft.state, path, &Value::from(until))
            .and_then(|value| point_in_time(draft.now, &value)),
        (None, None) => Err(wrong("names neither seconds nor until")),
    };
    match fire_at {
        Ok(fire_at) => {
            draft.emit(EventKind::TimerStarted { step: path.clone(), fire_at, reason: TimerReason::Wait })
        }
        Err(failure) => draft.fail_step(path, failure),
    }
}

pub(in crate::interpreter) fn fired(draft: &mut Draft<'_>, path: &StepPath) {
    let waits = draft.state.active.contains(path)
        && draft.state.run_of(path).is_some_and(|run| matches!(run.work, Work::Wait { .. }));
    if waits {
        draft.emit(EventKind::TimerFired { step: path.clone() });
        draft.complete_step(path, Json::default());
    }
}

fn wrong(what: &str) -> Failure {
    Failure::new(ErrorCode::DefinitionError, format!("The wait step {what}"))
}

#[allow(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "in range"
)]
fn after_seconds(now: Timestamp, value: &Value) -> Result<Timestamp, Failure> {
    let seconds = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    match seconds.filter(|seconds| (0.0..=LONGEST_SECONDS).contains(seconds)) {
        Some(seconds) => Ok(now.plus_millis((seconds * 1_000.0) as u64)),
        None => Err(wrong("needs seconds between 0 and 31536000")),
    }
}

fn point_in_time(now: Timestamp, value: &Value) -> Result<Timestamp, Failure> {
    let at = value.as_str().and_then(|text| Timestamp::parse(text.trim()));
    let latest = now.plus_millis(31_536_000_000);
    match at.filter(|at| *at <= latest) {
        Some(at) => Ok(at),
        None => Err(wrong("needs until to be a time as in RFC 3339, at most a year ahead")),
    }
}
