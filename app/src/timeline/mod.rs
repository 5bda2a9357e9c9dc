//! What the page of one run shows, folded from its events: the tree of steps, the conversation, the
//! reason for where it stands. Pure, and the same on both sides of the wire.

mod fold;
mod sentence;
mod speech;
mod step;

pub use fold::{Reason, Timeline};
pub use sentence::sentence;
pub use speech::{Speech, ToolOutcome};
pub use step::{Phase, Retry, Step};
