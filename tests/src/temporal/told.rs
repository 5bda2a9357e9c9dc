//! What two runs of one definition have to tell alike: everything but times, ids and who was faster.

use magone_core::execution::{Event, ExecutionView};
use serde_json::{Value, json};

/// Members of events and projections that differ from run to run.
const OWN: [&str; 13] = [
    "/time",
    "/data/fire_at",
    "/data/retry_at",
    "/data/expires_at",
    "/data/execution_id",
    "/data/parent/execution_id",
    // As in its parent's log.
    "/data/parent/budget",
    "/execution_id",
    "/created_at",
    "/started_at",
    "/completed_at",
    "/metadata/duration_ms",
    "/result/metadata/duration_ms",
];

/// Members that say what came before in the whole run, or how much of it is left.
const OF_ORDER: [&str; 3] = ["/seq", "/data/total", "/data/budget"];

/// A log in which nothing ran side by side.
pub(super) fn log(log: &[Event]) -> Vec<Value> {
    log.iter().map(|event| without(json!(event), &OWN)).collect()
}

/// A log in which steps ran side by side: each step's events in their order, one step after the other,
/// and those of calls that a model asked for at once by the name of each.
pub(super) fn steps(log: &[Event]) -> Vec<Value> {
    let mut told: Vec<Value> = self::log(log).into_iter().map(|event| without(event, &OF_ORDER)).collect();
    let name = |event: &Value, member: &str| event["data"][member].as_str().unwrap_or_default().to_owned();
    // `tool.called` and `tool.result` name the call by `call_id`, `step.retrying` by `call`.
    let calls = |event: &Value| name(event, "call_id") + &name(event, "call");
    told.sort_by_key(|event| (name(event, "step"), calls(event)));
    told
}

/// A projection.
pub(super) fn view(view: &ExecutionView) -> Value {
    let mut told = without(json!(view), &OWN);
    for agents in ["/metadata/agents_used", "/result/metadata/agents_used"] {
        // In the order of their first turn: of two that run side by side, the faster one is the first.
        if let Some(Value::Array(agents)) = told.pointer_mut(agents) {
            agents.sort_by_key(Value::to_string);
        }
    }
    told
}

fn without(mut told: Value, members: &[&str]) -> Value {
    for member in members {
        if let Some(value) = told.pointer_mut(member) {
            *value = Value::Null;
        }
    }
    told
}
