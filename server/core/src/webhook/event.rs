//! Which events webhooks tell.

use schemars::JsonSchema;
use serde::Serialize;

use crate::execution::EventKind;

/// An event that webhooks tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub enum WebhookEvent {
    /// A run has its result.
    #[serde(rename = "execution.completed")]
    ExecutionCompleted,
    /// A run failed, ran out of time or out of its budget.
    #[serde(rename = "execution.failed")]
    ExecutionFailed,
    /// A run was cancelled.
    #[serde(rename = "execution.cancelled")]
    ExecutionCancelled,
    /// A run waits for a decision.
    #[serde(rename = "approval.required")]
    ApprovalRequired,
    /// Somebody tries an endpoint; it is sent whatever the endpoint's filter says.
    #[serde(rename = "webhook.test")]
    Test,
}

impl WebhookEvent {
    /// What an endpoint can ask for, in the order of the documentation.
    pub const ASKED: [Self; 4] =
        [Self::ExecutionCompleted, Self::ExecutionFailed, Self::ExecutionCancelled, Self::ApprovalRequired];

    /// The word on the wire and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ExecutionCompleted => "execution.completed",
            Self::ExecutionFailed => "execution.failed",
            Self::ExecutionCancelled => "execution.cancelled",
            Self::ApprovalRequired => "approval.required",
            Self::Test => "webhook.test",
        }
    }

    /// The event of that name, where an endpoint can ask for it.
    #[must_use]
    pub fn asked(text: &str) -> Option<Self> {
        Self::ASKED.into_iter().find(|event| event.as_str() == text)
    }

    /// Whether it is told to the URL that came with a run as well.
    #[must_use]
    pub fn ends_run(self) -> bool {
        matches!(self, Self::ExecutionCompleted | Self::ExecutionFailed | Self::ExecutionCancelled)
    }

    /// How an event of the log is told; `None`: not at all.
    #[must_use]
    pub fn of(kind: &EventKind) -> Option<Self> {
        match kind {
            EventKind::ExecutionCompleted { .. } => Some(Self::ExecutionCompleted),
            EventKind::ExecutionFailed { .. } => Some(Self::ExecutionFailed),
            EventKind::ExecutionCancelled { .. } => Some(Self::ExecutionCancelled),
            EventKind::ApprovalRequired { .. } => Some(Self::ApprovalRequired),
            _ => None,
        }
    }
}
