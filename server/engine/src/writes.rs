//! What a decision means for the store: events, the run's row, the webhook to be delivered.

use std::sync::Arc;

use magone_core::execution::{Event, ExecutionView, RunState};
use magone_core::ids::DeliveryId;
use magone_core::json::Json;
use magone_core::ports::{Delivery, NewRow, RowWrite, RunWrite, StartRun};
use magone_core::{interpreter, webhook};
use serde_json::json;

use crate::runner::Run;

/// The transaction that makes a run.
pub(crate) fn first(run: &Run, start: &StartRun, view: &ExecutionView, events: Arc<[Event]>) -> RunWrite {
    let row = NewRow {
        tenant_workflow_id: start.tenant_workflow_id.clone(),
        input: Json::new(json!({"user_input": *start.input, "context": *start.context})),
        pins: start.pins.clone(),
        interpreter_version: interpreter::VERSION,
        webhook_url: start.webhook_url.clone(),
        view: view.clone(),
    };
    RunWrite {
        execution_id: run.execution_id.clone(),
        tenant_id: run.tenant_id.clone(),
        events,
        row: RowWrite::Insert(Box::new(row)),
        outbox: None,
    }
}

/// A transaction of a run that has its row. The row is touched only when its state changed: the
/// log alone says how far a run is.
pub(crate) fn further(run: &Run, before: RunState, view: &ExecutionView, events: Arc<[Event]>) -> RunWrite {
    let row = if view.state == before { RowWrite::Keep } else { RowWrite::Update(Box::new(view.clone())) };
    RunWrite {
        execution_id: run.execution_id.clone(),
        tenant_id: run.tenant_id.clone(),
        events,
        row,
        outbox: None,
    }
}

/// The webhook that a run owes when it ended.
pub(crate) fn outbox(run: &Run, view: &ExecutionView, mint: fn() -> u128) -> Option<Delivery> {
    let url = run.webhook_url.clone()?;
    let due_at = view.completed_at?;
    Some(Delivery {
        id: DeliveryId::from_uuid(mint()),
        url,
        payload: Json::new(webhook::body(view, due_at)),
        due_at,
    })
}
