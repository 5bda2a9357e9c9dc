//! The two words for where a run is: the frozen four of the first API, and the finer state.

use serde::{Deserialize, Serialize};

/// The frozen status of the external API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "rules", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Accepted, not begun.
    Pending,
    /// Begun, not ended.
    Running,
    /// Ended with a result.
    Completed,
    /// Ended without one.
    Failed,
}

impl Status {
    /// Every status, in the order of a run's life.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Running, Self::Completed, Self::Failed];

    /// The word used in JSON and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }

    /// The status of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == text)
    }
}

/// The finer state beside the status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "rules", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Accepted, waiting for a place.
    #[default]
    Queued,
    /// Something is being done.
    Running,
    /// Waits for somebody's decision, and beside that for timers at most.
    WaitingApproval,
    /// Waits for a timer, and for nothing else.
    WaitingTimer,
    /// Cancellation was asked for; what runs is being stopped.
    Cancelling,
    /// Ended by cancellation.
    Cancelled,
    /// Ended by the time limit of the run.
    TimedOut,
    /// Ended by a limit on steps, turns, tokens or cost.
    BudgetExceeded,
    /// Ended with a result.
    Completed,
    /// Ended by a failure.
    Failed,
}

impl RunState {
    /// Every state, in the order of a run's life.
    pub const ALL: [Self; 10] = [
        Self::Queued,
        Self::Running,
        Self::WaitingApproval,
        Self::WaitingTimer,
        Self::Cancelling,
        Self::Cancelled,
        Self::TimedOut,
        Self::BudgetExceeded,
        Self::Completed,
        Self::Failed,
    ];

    /// The word used in JSON and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::WaitingApproval => "waiting_approval",
            Self::WaitingTimer => "waiting_timer",
            Self::Cancelling => "cancelling",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed_out",
            Self::BudgetExceeded => "budget_exceeded",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == text)
    }

    /// The frozen status that stands for this state.
    #[must_use]
    pub fn status(self) -> Status {
        match self {
            Self::Queued => Status::Pending,
            Self::Running | Self::WaitingApproval | Self::WaitingTimer | Self::Cancelling => Status::Running,
            Self::Completed => Status::Completed,
            Self::Cancelled | Self::TimedOut | Self::BudgetExceeded | Self::Failed => Status::Failed,
        }
    }

    /// Whether nothing more can happen.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        matches!(self.status(), Status::Completed | Status::Failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_agree_with_serde() {
        for state in RunState::ALL {
            assert_eq!(RunState::parse(state.as_str()), Some(state));
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
        for status in Status::ALL {
            assert_eq!(Status::parse(status.as_str()), Some(status));
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }
}
