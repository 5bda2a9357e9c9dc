//! What goes between server and browser. No `usize`: its width differs on the two sides.

use magone_core::execution::{Event, ExecutionView, Progress, RunState, Status};
use magone_core::failure::FailureCode;
use magone_core::ids::{AdminId, ExecutionId};
use magone_core::json::Json;
use magone_core::time::Timestamp;
use serde::{Deserialize, Serialize};

pub use crate::error::ConsoleError;
pub use crate::query::{ExecutionFilter, ExecutionQuery};

/// Events that the page of one run comes with; the rest follows over the stream.
pub const EVENTS_WITH_PAGE: u32 = 500;

/// Rows of one page of the list of runs.
pub const ROWS_PER_PAGE: u32 = 50;

/// Whoever is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admin {
    /// The account.
    pub id: AdminId,
    /// What they sign in with.
    pub email: String,
    /// What they are called.
    pub name: String,
}

/// One run in a list, and the data of a `row` frame of the stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecutionRow {
    /// The run.
    pub id: ExecutionId,
    /// Whose it is.
    pub tenant_slug: String,
    /// What the tenant is called.
    pub tenant_name: String,
    /// The tenant's name for the workflow.
    pub workflow_slug: String,
    /// Version of the definition that the run is pinned to.
    pub workflow_version: u32,
    /// The frozen status.
    pub status: Status,
    /// The finer state.
    pub state: RunState,
    /// Stable code of the failure, when there is one.
    pub code: Option<FailureCode>,
    /// How far it is.
    pub progress: Progress,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
}

impl ExecutionRow {
    /// How far along a run is: a row never goes back, whichever way its news came.
    fn stage(&self) -> (u8, u32) {
        let stage = match self.state {
            RunState::Queued => 0,
            RunState::Running | RunState::WaitingApproval | RunState::WaitingTimer => 1,
            RunState::Cancelling => 2,
            _ => 3,
        };
        (stage, self.progress.steps_done)
    }

    /// Whether this is at least as new as `other`, a row of the same run.
    #[must_use]
    pub fn supersedes(&self, other: &Self) -> bool {
        self.stage() >= other.stage()
    }
}

/// One page of the list of runs, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecutionPage {
    /// At most [`ROWS_PER_PAGE`].
    pub rows: Vec<ExecutionRow>,
    /// Where older ones go on; absent on the last page.
    pub next_cursor: Option<String>,
    /// How to start the first run; present only while there is none at all.
    pub example: Option<Example>,
}

/// What an empty list teaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// Where the API listens, for example `http://127.0.0.1:8000`.
    pub api_url: String,
    /// A workflow that exists; absent while there is none.
    pub workflow_slug: Option<String>,
}

/// One run, as its page shows it first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecutionDetail {
    /// The projection.
    pub view: ExecutionView,
    /// Whose it is.
    pub tenant_slug: String,
    /// What the tenant is called.
    pub tenant_name: String,
    /// The first events of its log, at most [`EVENTS_WITH_PAGE`].
    pub events: Vec<Event>,
}

impl ExecutionDetail {
    /// What the caller sent: the first event carries it.
    #[must_use]
    pub fn input(&self) -> Option<Json> {
        self.events.iter().find_map(|event| match &event.kind {
            magone_core::execution::EventKind::ExecutionCreated { input, .. } => Some(input.clone()),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(state: RunState, steps_done: u32) -> ExecutionRow {
        ExecutionRow {
            id: ExecutionId::from_text("exec_1"),
            tenant_slug: "acme".into(),
            tenant_name: "Acme".into(),
            workflow_slug: "kpi".into(),
            workflow_version: 1,
            status: state.status(),
            state,
            code: None,
            progress: Progress { steps_done, ..Progress::default() },
            created_at: Timestamp::from_millis(0),
            started_at: None,
            completed_at: None,
        }
    }

    #[test]
    fn news_that_arrives_late_does_not_turn_a_row_back() {
        let order = [
            row(RunState::Queued, 0),
            row(RunState::Running, 0),
            row(RunState::WaitingTimer, 1),
            row(RunState::Running, 2),
            row(RunState::Cancelling, 2),
            row(RunState::Cancelled, 2),
        ];
        for (i, earlier) in order.iter().enumerate() {
            for later in &order[i + 1..] {
                assert!(later.supersedes(earlier));
                assert!(!earlier.supersedes(later), "{:?} over {:?}", earlier.state, later.state);
            }
        }
    }
}
