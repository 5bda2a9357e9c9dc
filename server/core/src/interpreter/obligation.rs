//! What a run waits for. Every obligation has an id that follows from the path of its step, the
//! activity's name inside the step and the attempt; the same id names the same act for ever, so it
//! is the idempotency key towards the outside.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::path::StepPath;
use crate::time::Timestamp;

/// `<path>#<call>@<attempt>` for an activity, `<path>#wait` and `<path>#deadline` for timers of a
/// step, `#deadline` for the run's own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ObligationId(String);

impl ObligationId {
    pub(super) fn call(path: &StepPath, call: &str, attempt: u32) -> Self {
        Self(format!("{path}#{call}@{attempt}"))
    }

    /// The step and the attempt, where it is the obligation of a child.
    pub(super) fn child(&self) -> Option<(StepPath, u32)> {
        match self.parse()? {
            Target::Call { path, call, attempt } if call == super::step::child::CALL => {
                Some((StepPath::root(path), attempt))
            }
            _ => None,
        }
    }

    /// The step, the model turn and the attempt, where a model's message is asked for.
    #[must_use]
    pub fn message(&self) -> Option<(StepPath, u32, u32)> {
        let Target::Call { path, call, attempt } = self.parse()? else { return None };
        // Calls of tools are named `t1.c0`.
        let turn = call.strip_prefix('t')?.parse().ok()?;
        Some((StepPath::root(path), turn, attempt))
    }

    /// The obligation that an activity's idempotency key names: what stands behind the run's id.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        key.split_once(':').map(|(_, id)| Self(id.to_owned()))
    }

    pub(super) fn wait(path: &StepPath) -> Self {
        Self(format!("{path}#wait"))
    }

    pub(super) fn deadline(path: Option<&StepPath>) -> Self {
        Self(format!("{}#deadline", path.map_or("", StepPath::as_str)))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn parse(&self) -> Option<Target<'_>> {
        let (path, rest) = self.0.rsplit_once('#')?;
        Some(match rest {
            "wait" => Target::Wait(path),
            "deadline" if path.is_empty() => Target::RunDeadline,
            "deadline" => Target::StepDeadline(path),
            call => {
                let (call, attempt) = call.rsplit_once('@')?;
                let number: u32 = attempt.parse().ok()?;
                // One spelling only: the text is the key.
                (number.to_string() == attempt).then_some(Target::Call { path, call, attempt: number })?
            }
        })
    }
}

impl fmt::Display for ObligationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an obligation id points at.
pub(super) enum Target<'a> {
    Call { path: &'a str, call: &'a str, attempt: u32 },
    Wait(&'a str),
    StepDeadline(&'a str),
    RunDeadline,
}

/// One open obligation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obligation {
    /// Its id.
    pub id: ObligationId,
    /// What it asks for.
    pub duty: Duty,
}

/// What an obligation asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Duty {
    /// An activity; [`super::State::activity`] describes it.
    Call {
        /// Not to be begun before this time.
        not_before: Option<Timestamp>,
        /// How long the attempt may take, in milliseconds; `None`: the engine's default.
        timeout_ms: Option<u64>,
    },
    /// Another run that is waited for; [`super::State::child`] describes it. Where it is there
    /// already, it is not started again.
    Child {
        /// Not to be begun before this time.
        not_before: Option<Timestamp>,
    },
    /// A durable timer.
    Timer {
        /// When it fires.
        fire_at: Timestamp,
    },
}
