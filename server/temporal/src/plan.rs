//! What a run asks of Temporal, and what Temporal tells it.

use magone_core::activity::{ActivityError, ActivityOutput};
use magone_core::interpreter::ObligationId;

use crate::wire::{CallInput, DecisionWish, RecordInput};

/// Something to be begun or stopped.
#[derive(Debug)]
pub(crate) enum Act {
    /// A durable timer.
    Timer {
        /// The obligation that waits for it.
        id: ObligationId,
        /// From now, in milliseconds.
        in_ms: u64,
    },
    /// An activity.
    Call {
        /// Its obligation.
        id: ObligationId,
        /// The activity's name.
        name: &'static str,
        /// What it is given.
        input: Box<CallInput>,
    },
    /// Events that no other activity takes along.
    Record(RecordInput),
    /// What is under way for this obligation is no longer due.
    Stop(ObligationId),
}

/// How an activity came back.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It was done; how the attempt ended is the interpreter's business.
    Done(Result<ActivityOutput, ActivityError>),
    /// It was stopped, as was asked.
    Stopped,
    /// Its worker fell silent: nobody knows whether it reached the outside.
    Gone,
    /// Its worker went on living and did not come to an end in time.
    TooSlow,
    /// It could not be done here: no such activity on the worker, a database that refuses.
    Broken(String),
}

/// Something that happened.
#[derive(Debug)]
pub(crate) enum Wake {
    /// A timer fired; `false` where it was stopped.
    Timer(ObligationId, bool),
    /// An activity came back.
    Call(ObligationId, Outcome),
    /// Events were stored, or can never be.
    Recorded(Result<(), String>),
    /// Somebody wants the run to stop.
    Cancel(Option<String>),
    /// Somebody decided what the run asked for.
    Decision(DecisionWish),
}
