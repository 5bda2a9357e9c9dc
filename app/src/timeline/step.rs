//! One step of a run, as far as the log tells.

use magone_core::execution::{Event, EventKind, RetryReason, Usage};
use magone_core::failure::{Failure, FailureCode};
use magone_core::ids::ExecutionId;
use magone_core::json::Json;
use magone_core::path::StepPath;
use magone_core::time::Timestamp;

/// Where a step is.
#[derive(Clone, Debug, PartialEq)]
pub enum Phase {
    /// Under way.
    Running,
    /// An activity of it failed and will be tried again.
    Retrying,
    /// Only waits for a timer.
    Waiting {
        /// When the timer fires.
        until: Timestamp,
    },
    /// Waits for somebody's decision.
    Asking {
        /// What they are asked.
        prompt: String,
    },
    /// Ended with an output.
    Completed,
    /// Ended without one.
    Failed {
        /// Why.
        failure: Failure,
        /// Whether the run went on all the same.
        handled: bool,
    },
    /// Was under way when the run ended.
    Stopped,
}

impl Phase {
    /// Whether nothing more can happen.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Completed | Self::Failed { .. } | Self::Stopped)
    }

    /// The code of its failure.
    #[must_use]
    pub fn code(&self) -> Option<FailureCode> {
        match self {
            Self::Failed { failure, .. } => Some(failure.code.clone()),
            _ => None,
        }
    }
}

/// An activity that is done again.
#[derive(Clone, Debug, PartialEq)]
pub struct Retry {
    /// When that was decided.
    pub at: Timestamp,
    /// Which activity of the step.
    pub call: String,
    /// The attempt to come, from 1.
    pub attempt: u32,
    /// The fallback model that takes over, from 1.
    pub fallback: Option<u32>,
    /// Why.
    pub reason: RetryReason,
    /// Not before this time.
    pub not_before: Option<Timestamp>,
    /// What went wrong, when something did.
    pub failure: Option<Failure>,
}

impl Retry {
    /// What a `step.retrying` event says; `None` for any other.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        match &event.kind {
            EventKind::StepRetrying { call, attempt, fallback, reason, retry_at, failure, .. } => {
                Some(Self {
                    at: event.time,
                    call: call.clone(),
                    attempt: *attempt,
                    fallback: *fallback,
                    reason: *reason,
                    not_before: *retry_at,
                    failure: failure.clone(),
                })
            }
            _ => None,
        }
    }

    /// Whether nothing of the step is under way until then.
    #[must_use]
    pub fn pauses(&self) -> bool {
        self.not_before.is_some() || self.reason == RetryReason::Interrupted
    }

    /// Which attempt, and why: `attempt 3: The provider did not answer`.
    #[must_use]
    pub fn words(&self) -> String {
        let why = match (&self.failure, self.reason) {
            (Some(failure), _) => failure.error.as_str(),
            (None, RetryReason::Error) => "the last one failed",
            (None, RetryReason::InDoubt) => "the server stopped while it was under way",
            (None, RetryReason::Interrupted) => "the server shuts down and goes on with it when it starts",
            (None, RetryReason::Resumed) => "the server was restarted while it was under way",
        };
        let model = self.fallback.map(|fallback| format!(" with fallback model {fallback}"));
        format!("attempt {}{}: {why}", self.attempt, model.unwrap_or_default())
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Where in the tree.
    pub path: StepPath,
    /// How many steps enclose it.
    pub depth: u32,
    /// The kind, as written in the definition.
    pub kind: String,
    /// What the definition calls it.
    pub title: Option<String>,
    /// Where it is.
    pub phase: Phase,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// What was done again.
    pub retries: Vec<Retry>,
    /// The agent that it runs.
    pub agent: Option<String>,
    /// The tool that was called last.
    pub tool: Option<String>,
    /// The run that it started last.
    pub child: Option<ExecutionId>,
    /// Model turns so far.
    pub turns: u32,
    /// What it consumed.
    pub usage: Usage,
    /// What it was given.
    pub request: Option<Json>,
    /// What it gave.
    pub output: Option<Json>,
}

impl Step {
    /// A step that begins.
    #[must_use]
    pub fn begun(path: StepPath, kind: String, at: Timestamp) -> Self {
        Self {
            depth: u32::try_from(path.depth()).unwrap_or(u32::MAX),
            path,
            kind,
            title: None,
            phase: Phase::Running,
            started: at,
            ended: None,
            retries: Vec::new(),
            agent: None,
            tool: None,
            child: None,
            turns: 0,
            usage: Usage::default(),
            request: None,
            output: None,
        }
    }

    /// Milliseconds from its start to its end, or to `now`.
    #[must_use]
    pub fn millis(&self, now: Timestamp) -> u64 {
        self.ended.unwrap_or(now).millis_since(self.started)
    }

    /// The most attempts that one of its activities needed so far.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.retries.iter().map(|retry| retry.attempt).max().unwrap_or(1)
    }
}
