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
