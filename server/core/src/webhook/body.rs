//! What a webhook says.

use serde_json::{Value, json};

use super::WebhookEvent;
use crate::execution::{EventKind, ExecutionView};
use crate::time::Timestamp;

/// The body for an event of a run: the members of the first API, and the projection beside them.
/// What somebody is asked stands in the projection's member `approval`. `None` for events that are
/// told to nobody.
#[must_use]
pub fn body(view: &ExecutionView, kind: &EventKind, at: Timestamp) -> Option<Value> {
    let event = WebhookEvent::of(kind)?;
    let mut data = json!(view);
    if event == WebhookEvent::ApprovalRequired
        && let Some(members) = data.as_object_mut()
    {
        members.insert("approval".to_owned(), kind.public_face());
    }
    Some(json!({
        "type": event.as_str(),
        "timestamp": at,
        "execution_id": view.execution_id,
        "status": view.status,
        "result": view.result,
        "error": view.error,
        "data": data,
    }))
}

/// The body of the event that an endpoint is tried with: the same members, of no run.
#[must_use]
pub fn test_body(endpoint: &str, at: Timestamp) -> Value {
    json!({
        "type": WebhookEvent::Test.as_str(),
        "timestamp": at,
        "execution_id": null,
        "status": null,
        "result": null,
        "error": null,
        "data": {"endpoint_id": endpoint, "message": "This is a test event; no execution stands behind it."},
    })
}
