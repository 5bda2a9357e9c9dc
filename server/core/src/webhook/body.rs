//! What a webhook says.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::{Value, json};

use super::WebhookEvent;
use crate::execution::{EventKind, ExecutionView, Status};
use crate::ids::ExecutionId;
use crate::json::Json;
use crate::time::Timestamp;

/// What a webhook says: the members of the first API, and the projection beside them.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Webhook")]
pub struct Body<'a> {
    /// What happened.
    #[serde(rename = "type")]
    event: WebhookEvent,
    /// When it happened.
    timestamp: Timestamp,
    /// The execution; null for a test.
    execution_id: Option<&'a ExecutionId>,
    /// The execution's status; null for a test.
    status: Option<Status>,
    /// The result of a completed execution.
    result: Option<&'a Json>,
    /// One sentence why an execution failed.
    error: Option<&'a str>,
    /// The execution as it is read, with what somebody is asked as `approval`; for a test, which endpoint
    /// is tried.
    #[schemars(schema_with = "data")]
    data: Value,
}

fn data(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "anyOf": [
            generator.subschema_for::<ExecutionView>(),
            {
                "type": "object",
                "required": ["endpoint_id", "message"],
                "properties": {"endpoint_id": {"type": "string"}, "message": {"type": "string"}},
            },
        ],
    })
}

/// The body for an event of a run. What somebody is asked stands in the projection's member `approval`.
/// `None` for events that are told to nobody.
#[must_use]
pub fn body(view: &ExecutionView, kind: &EventKind, at: Timestamp) -> Option<Value> {
    let event = WebhookEvent::of(kind)?;
    let mut data = json!(view);
    if event == WebhookEvent::ApprovalRequired
        && let Some(members) = data.as_object_mut()
    {
        members.insert("approval".to_owned(), kind.public_face());
    }
    Some(json!(Body {
        event,
        timestamp: at,
        execution_id: Some(&view.execution_id),
        status: Some(view.status),
        result: view.result.as_ref(),
        error: view.error.as_deref(),
        data,
    }))
}

/// The body of the event that an endpoint is tried with: the same members, of no run.
#[must_use]
pub fn test_body(endpoint: &str, at: Timestamp) -> Value {
    let message = "This is a test event; no execution stands behind it.";
    json!(Body {
        event: WebhookEvent::Test,
        timestamp: at,
        execution_id: None,
        status: None,
        result: None,
        error: None,
        data: json!({"endpoint_id": endpoint, "message": message}),
    })
}
