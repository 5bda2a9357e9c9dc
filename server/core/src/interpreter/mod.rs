//! The interpreter: a pure state machine over the log of a run.
//!
//! `decide` says which events follow from an input; `evolve` folds an event into the state; what
//! has to be done next in the world are the open obligations of the state. Engines act: they do
//! the obligations, feed the outcomes back as inputs, and commit the events before anything else
//! happens. Recovery evolves a log and never decides it again.
//!
//! The state is always at rest between inputs: every input is decided to the point where only the
//! world can make the run go on, however many steps that are no activities lie in between.

mod answer;
mod bounds;
mod branches;
mod budget;
mod conversation;
mod decide;
mod draft;
mod due;
mod evolve;
mod input;
mod intake;
mod items;
mod obligation;
mod retry;
mod reuse;
mod rounds;
mod scope;
mod sequence;
mod state;
mod step;

pub use decide::{decide, recover, transition};
pub use evolve::evolve;
pub use input::{Input, Start};
pub use obligation::{Duty, Obligation, ObligationId};
pub use reuse::reusable;
pub use state::{Phase, State};

/// Version of the rules in this folder. A run is decided by the version that it began with.
pub const VERSION: u32 = 1;

#[cfg(test)]
mod testing;
