//! Events on their way to readers. A frame is serialised once, whoever reads it.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use magone_core::execution::{Event, ExecutionView};
use magone_core::ids::{ExecutionId, TenantId};
use magone_core::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// Whose eyes a frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// The tenant: public faces, and the whole projection in the terminal frame.
    Public,
    /// An admin: the log as it is.
    Admin,
}

/// An event as tenants see it: what frames of the stream carry in `data`.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Event")]
pub struct PublicEvent<'a> {
    /// Its place in the log, from 1 and without gaps; the frame's `id`.
    pub seq: u64,
    /// The execution.
    pub execution_id: &'a ExecutionId,
    /// When it happened.
    pub time: Timestamp,
    /// What happened, for example `step.started`; the frame's `event`.
    #[serde(rename = "type")]
    pub kind: &'a str,
    /// What there is to say about it; the whole execution in the last event.
    pub data: Value,
}

/// Consecutive events of one run.
#[derive(Debug)]
pub struct Batch {
    /// The run.
    pub execution_id: ExecutionId,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// The events, at least one.
    pub events: Arc<[Event]>,
    /// The projection after the events.
    pub view: Arc<ExecutionView>,
    public: OnceLock<Vec<(u64, Bytes)>>,
    admin: OnceLock<Vec<(u64, Bytes)>>,
}

impl Batch {
    /// Events and the projection after them.
    #[must_use]
    pub fn new(
        execution_id: ExecutionId,
        tenant_id: TenantId,
        events: Arc<[Event]>,
        view: Arc<ExecutionView>,
    ) -> Self {
        Self { execution_id, tenant_id, events, view, public: OnceLock::new(), admin: OnceLock::new() }
    }

    /// Seq of the first event.
    #[must_use]
    pub fn first_seq(&self) -> u64 {
        self.events.first().map_or(0, |event| event.seq)
    }

    /// Seq of the last event.
    #[must_use]
    pub fn last_seq(&self) -> u64 {
        self.events.last().map_or(0, |event| event.seq)
    }

    /// Whether nothing can follow.
    #[must_use]
    pub fn ends(&self) -> bool {
        self.events.last().is_some_and(|event| event.kind.is_terminal())
    }

    /// Server-sent frames of the events above `after`, in order.
    pub fn frames(&self, face: Face, after: u64) -> impl Iterator<Item = Bytes> + '_ {
        let cell = match face {
            Face::Public => &self.public,
            Face::Admin => &self.admin,
        };
        let frames = cell.get_or_init(|| self.all_frames(face));
        frames.iter().filter(move |(seq, _)| *seq > after).map(|(_, frame)| frame.clone())
    }

    /// The same as one piece. A single frame is not copied, whoever reads it.
    pub fn bytes(&self, face: Face, after: u64) -> Bytes {
        let mut frames = self.frames(face, after);
        match (frames.next(), frames.next()) {
            (Some(only), None) => only,
            (first, second) => {
                first.into_iter().chain(second).chain(frames).collect::<Vec<_>>().concat().into()
            }
        }
    }

    fn all_frames(&self, face: Face) -> Vec<(u64, Bytes)> {
        let events = self.events.iter().map(|event| (event.seq, self.frame(face, event)));
        // An admin's page shows the projection beside the log, and need not fold it itself.
        let view = (face == Face::Admin).then(|| {
            let view = serde_json::to_string(&*self.view).unwrap_or_default();
            (self.last_seq(), Bytes::from(format!("event: view\ndata: {view}\n\n")))
        });
        events.chain(view).collect()
    }

    /// The events above `after` as JSON, as the frames carry them.
    pub fn documents(&self, face: Face, after: u64) -> impl Iterator<Item = Value> + '_ {
        self.events.iter().filter(move |event| event.seq > after).map(move |event| self.document(face, event))
    }

    fn document(&self, face: Face, event: &Event) -> Value {
        match face {
            Face::Admin => serde_json::to_value(event).unwrap_or(Value::Null),
            Face::Public => {
                let data = match event.kind.is_terminal() {
                    true => serde_json::to_value(&*self.view).unwrap_or(Value::Null),
                    false => event.kind.public_face(),
                };
                let (id, kind) = (&self.execution_id, event.kind.name());
                let event = PublicEvent { seq: event.seq, execution_id: id, time: event.time, kind, data };
                serde_json::to_value(event).unwrap_or(Value::Null)
            }
        }
    }

    fn frame(&self, face: Face, event: &Event) -> Bytes {
        let name = match face {
            Face::Public => event.kind.name(),
            Face::Admin => "event",
        };
        let document = self.document(face, event);
        Bytes::from(format!("id: {}\nevent: {name}\ndata: {document}\n\n", event.seq))
    }
}
