//! What the world tells a run. Times come inside, because the core has no clock.

use super::ObligationId;
use crate::activity::{ActivityError, ActivityOutput};
use crate::execution::{ChildEnd, Decision, Parent, Pins, Retry};
use crate::failure::Failure;
use crate::json::Json;

/// What happened outside.
#[derive(Clone, Debug)]
pub enum Input {
    /// The run begins.
    Start(Box<Start>),
    /// The run is accepted, and waits for its turn to begin.
    Queue(Box<Start>),
    /// It is the run's turn.
    Turn,
    /// An activity came to an end.
    Outcome {
        /// Which obligation it was.
        obligation: ObligationId,
        /// How it ended.
        result: Box<Result<ActivityOutput, ActivityError>>,
    },
    /// A child ended.
    ChildEnded {
        /// Which obligation it was.
        obligation: ObligationId,
        /// How it ended.
        end: Box<ChildEnd>,
    },
    /// A timer's time has come.
    TimerFired {
        /// Which obligation it was.
        obligation: ObligationId,
    },
    /// Somebody decided what the run asked for.
    Decision {
        /// Which approval.
        approval: String,
        /// What they decided; see [`super::State::refusal`] for what cannot be taken.
        decision: Box<Decision>,
    },
    /// Somebody wants the run to stop.
    Cancel {
        /// Why, in their words.
        reason: Option<String>,
    },
    /// Nothing of a run that is being cancelled is under way any more.
    Stopped,
    /// The process shuts down in order; these activities were stopped by it.
    Interrupted {
        /// The obligations whose activities were stopped.
        obligations: Vec<ObligationId>,
    },
    /// The process started anew and found the run in its log.
    Recovered,
    /// Whoever did this activity is gone, and nobody knows whether it reached the outside.
    InDoubt {
        /// Which obligation it was.
        obligation: ObligationId,
    },
    /// The engine cannot carry the run any further.
    Abandoned {
        /// Why.
        failure: Box<Failure>,
    },
}

/// What a run begins with.
#[derive(Clone, Debug)]
pub struct Start {
    /// The tenant's name for the workflow.
    pub workflow_slug: String,
    /// What the caller sent.
    pub input: Json,
    /// The definition's defaults overlaid with the caller's.
    pub context: Json,
    /// The caller's session.
    pub session_id: Option<String>,
    /// Versions.
    pub pins: Pins,
    /// The run that starts this one.
    pub parent: Option<Parent>,
    /// How it tries another run again.
    pub retry: Option<Retry>,
}
