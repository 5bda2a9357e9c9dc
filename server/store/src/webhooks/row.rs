//! What is stored, as plain structs.

use magone_core::ids::{DeliveryId, EndpointId, ExecutionId};
use magone_core::ports::StoreError;
use magone_core::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::entity::{attempt, delivery, endpoint};
use crate::row::damaged;

/// Where a tenant wants events to be posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "WebhookEndpoint")]
pub struct EndpointRow {
    /// Identity.
    pub id: EndpointId,
    /// Where to.
    pub url: String,
    /// What people call it.
    pub description: Option<String>,
    /// Words of the events that it asks for; null: all.
    pub events: Option<Vec<String>>,
    /// Whether anything is sent.
    pub enabled: bool,
    /// Why it was switched off: `failing`, `gone` or `request`.
    pub disabled_reason: Option<String>,
    /// When it was switched off.
    pub disabled_at: Option<Timestamp>,
    /// Since when it has only failed.
    pub failing_since: Option<Timestamp>,
    /// When it last took something; looked at every minute at most.
    pub succeeded_at: Option<Timestamp>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// It is, or will be, tried.
    Pending,
    /// The receiver took it.
    Delivered,
    /// Nobody tries any more, unless somebody asks for it.
    Dead,
    /// Its endpoint was deleted before it was delivered.
    Cancelled,
}

impl DeliveryStatus {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Delivered, Self::Dead, Self::Cancelled];

    /// The word in the database and on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status of that word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// A delivery as it is listed.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "WebhookDelivery")]
pub struct DeliveryRow {
    /// Identity, and `webhook-id`.
    pub id: DeliveryId,
    /// The endpoint; null: the URL came with the run.
    pub endpoint_id: Option<EndpointId>,
    /// The run; null for a test event.
    pub execution_id: Option<ExecutionId>,
    /// What happened.
    pub event: String,
    /// Where to, as it was when the event happened.
    pub url: String,
    /// What became of it.
    pub status: DeliveryStatus,
    /// When it is tried next; null: not by itself.
    pub next_attempt_at: Option<Timestamp>,
    /// When the event happened.
    pub created_at: Timestamp,
    /// When it was taken or given up.
    pub ended_at: Option<Timestamp>,
    /// The attempts, oldest first.
    pub attempts: Vec<AttemptRow>,
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "WebhookAttempt")]
pub struct AttemptRow {
    /// Its place, from 1.
    pub number: u32,
    /// When it began.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// The status of the answer; null: there was none.
    pub status: Option<u16>,
    /// The beginning of the answer's body.
    pub response: Option<String>,
    /// Why it did not work.
    pub error: Option<String>,
}

fn time(millis: Option<i64>) -> Option<Timestamp> {
    millis.map(Timestamp::from_millis)
}

impl TryFrom<endpoint::Model> for EndpointRow {
    type Error = StoreError;

    fn try_from(model: endpoint::Model) -> Result<Self, StoreError> {
        let events = model.events.map(|events| serde_json::from_str(&events)).transpose();
        Ok(Self {
            id: EndpointId::from_text(model.id),
            url: model.url,
            description: model.description,
            events: events.map_err(|_| damaged("list of events"))?,
            enabled: model.is_active,
            disabled_reason: model.disabled_reason,
            disabled_at: time(model.disabled_at),
            failing_since: time(model.failing_since),
            succeeded_at: time(model.succeeded_at),
            created_at: Timestamp::from_millis(model.created_at),
            updated_at: Timestamp::from_millis(model.updated_at),
        })
    }
}

impl DeliveryRow {
    pub(super) fn read(model: delivery::Model, attempts: Vec<AttemptRow>) -> Result<Self, StoreError> {
        let status = DeliveryStatus::parse(&model.status).ok_or_else(|| damaged("status"))?;
        let pending = status == DeliveryStatus::Pending;
        Ok(Self {
            id: DeliveryId::from_text(model.id),
            endpoint_id: model.endpoint_id.map(EndpointId::from_text),
            execution_id: model.execution_id.map(ExecutionId::from_text),
            event: model.event,
            url: model.url,
            status,
            next_attempt_at: pending.then(|| Timestamp::from_millis(model.due_at)),
            created_at: Timestamp::from_millis(model.created_at),
            ended_at: time(model.ended_at),
            attempts,
        })
    }
}

impl From<attempt::Model> for AttemptRow {
    fn from(model: attempt::Model) -> Self {
        Self {
            number: u32::try_from(model.number).unwrap_or_default(),
            at: Timestamp::from_millis(model.at),
            duration_ms: u64::try_from(model.duration_ms).unwrap_or_default(),
            status: model.status.and_then(|status| u16::try_from(status).ok()),
            response: model.response,
            error: model.error,
        }
    }
}
