//! The embedded durable engine. It begins what the interpreter's state says is due, feeds what
//! comes back into the interpreter, and commits the events before anything else happens:
//! obligations -> activities -> inputs -> decide -> commit -> publish.
//!
//! There is one task per run in flight. A run that has nothing under way but a timer costs a task
//! and its state, no thread and no connection.

mod breakpoint;
mod children;
mod doubt;
mod embedded;
mod places;
mod recovery;
mod runner;
mod tasks;
mod timers;

pub use breakpoint::{Breakpoints, Point};
pub use embedded::{EmbeddedEngine, Parts};
