//! What a decision means for the store: events, the run's row, the webhook to be delivered. The same
//! for every engine.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::execution::{Event, EventKind, ExecutionView, RunState, Usage};
use crate::ids::{DeliveryId, ExecutionId, TenantId, TenantWorkflowId};
use crate::json::Json;
use crate::limit::{Day, NewUsage};
use crate::ports::{NewRow, Notice, RowWrite, RunWrite};
use crate::webhook::{self, WebhookEvent};

/// What stays the same for a run's whole life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Its id.
    pub execution_id: ExecutionId,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// Where the result is posted.
    pub webhook_url: Option<String>,
    /// Runs every model call on the scripted provider.
    pub scripted: bool,
}

/// The transaction that makes a run. `None` where `events` do not begin with the run's creation.
#[must_use]
pub fn first(
    run: &Run,
    tenant_workflow_id: TenantWorkflowId,
    temporal_workflow_id: Option<String>,
    view: &ExecutionView,
    events: Arc<[Event]>,
) -> Option<RunWrite> {
    let EventKind::ExecutionCreated { input, context, pins, interpreter_version, parent, .. } =
        &events.first()?.kind
    else {
        return None;
    };
    let row = NewRow {
        tenant_workflow_id,
        temporal_workflow_id,
        input: Json::new(json!({"user_input": **input, "context": **context})),
        pins: pins.clone(),
        parent: parent.as_ref().map(|parent| parent.execution_id.clone()),
        interpreter_version: *interpreter_version,
        webhook_url: run.webhook_url.clone(),
        view: view.clone(),
    };
    Some(write(run, RowWrite::Insert(Box::new(row)), view, events))
}

/// A transaction of a run that has its row. The row is touched only when its state changed: the
/// log alone says how far a run is.
#[must_use]
pub fn further(run: &Run, before: RunState, view: &ExecutionView, events: Arc<[Event]>) -> RunWrite {
    let row = if view.state == before { RowWrite::Keep } else { RowWrite::Update(Box::new(view.clone())) };
    write(run, row, view, events)
}

fn write(run: &Run, row: RowWrite, view: &ExecutionView, events: Arc<[Event]>) -> RunWrite {
    RunWrite {
        execution_id: run.execution_id.clone(),
        tenant_id: run.tenant_id.clone(),
        events,
        row,
        outbox: Vec::new(),
        usage: used(view),
        claim: None,
    }
}

/// What a run that ended adds to its tenant's usage: a run on the day on which it was accepted, tokens
/// and cost on the day on which it ended. Children begin no run of the tenant's; what nobody pays for
/// adds nothing.
fn used(view: &ExecutionView) -> Vec<NewUsage> {
    let Some(ended_at) = view.completed_at.filter(|_| view.state.is_terminal() && !view.is_scripted()) else {
        return Vec::new();
    };
    let (accepted_on, ended_on) = (Day::of(view.created_at), Day::of(ended_at));
    let (runs, usage) = (u64::from(!view.is_child()), view.billed_usage());
    let rows = match accepted_on == ended_on {
        true => vec![NewUsage { day: ended_on, runs, usage }],
        false => vec![
            NewUsage { day: accepted_on, runs, usage: Usage::default() },
            NewUsage { day: ended_on, runs: 0, usage },
        ],
    };
    rows.into_iter().filter(|row| row.runs > 0 || row.usage != Usage::default()).collect()
}

/// What these events of a run tell. `mint` makes the bits of a fresh UUIDv7. A child tells nothing: its
/// parent does.
#[must_use]
pub fn outbox(run: &Run, view: &ExecutionView, events: &[Event], mint: fn() -> u128) -> Vec<Notice> {
    if view.is_child() {
        return Vec::new();
    }
    let told = events.iter().filter_map(|event| {
        let word = WebhookEvent::of(&event.kind)?;
        Some(Notice {
            id: DeliveryId::from_uuid(mint()),
            event: word,
            url: run.webhook_url.clone().filter(|_| word.ends_run()),
            payload: Json::new(webhook::body(view, &event.kind, event.time)?),
            at: event.time,
        })
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// A run that ended the day after it was accepted, and used 5 tokens.
    fn ended(scripted: bool, parent: &Value) -> ExecutionView {
        let (day, next) = ("2026-01-31T23:59:00Z", "2026-02-01T00:01:00Z");
        let usage = json!({"input_tokens": 3, "output_tokens": 2, "cost_usd": 0.5});
        let total = json!({"input_tokens": 30, "output_tokens": 20, "cost_usd": 5.0});
        let log: Vec<Event> = serde_json::from_value(json!([
            {"seq": 1, "time": day, "type": "execution.created", "data": {
                "workflow_slug": "w", "input": "x", "context": {}, "session_id": null, "steps_total": 1,
                "pins": {"definition": "w", "version": 1, "agents": [], "scripted": scripted},
                "interpreter_version": 1, "result_mode": "raw", "parent": parent,
            }},
            {"seq": 2, "time": next, "type": "usage.updated", "data": {
                "step": "a", "model": "m/n", "usage": usage, "total": total,
            }},
            {"seq": 3, "time": next, "type": "execution.completed", "data": {"output": 1}},
        ]))
        .unwrap();
        ExecutionView::fold(ExecutionId::from_text("exec_1"), &log).unwrap()
    }

    #[test]
    fn a_run_counts_where_it_was_accepted_and_its_own_usage_where_it_ended() {
        let rows = used(&ended(false, &Value::Null));
        let shown: Vec<_> =
            rows.iter().map(|row| (row.day.to_string(), row.runs, row.usage.tokens())).collect();
        assert_eq!(shown, [("2026-01-31".to_owned(), 1, 0), ("2026-02-01".to_owned(), 0, 5)]);
        assert_eq!(rows.last().map(|row| row.usage.cost_micros), Some(500_000));
    }

    #[test]
    fn children_begin_no_run_of_the_tenants_and_what_is_scripted_adds_nothing() {
        let parent = json!({"execution_id": "exec_0", "step": "sub", "depth": 1, "budget": {"max_steps": 1}});
        let rows = used(&ended(false, &parent));
        assert_eq!(rows.iter().map(|row| (row.runs, row.usage.tokens())).collect::<Vec<_>>(), [(0, 5)]);
        assert_eq!(used(&ended(true, &Value::Null)), []);
    }
}
