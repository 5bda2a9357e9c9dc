//! The Temporal engine. Temporal's history is the authority over a run, the database a projection
//! of it: a workflow holds the interpreter's state and decides, activities on a worker act, and every
//! activity stores first what was decided before it.
//!
//! Only this crate knows Temporal. The rules are core's alone: [`AgentWorkflow`] is a shell around
//! the same interpreter that the embedded engine drives.

mod activities;
mod address;
mod dispatch;
mod engine;
mod error;
mod history;
mod plan;
mod recorder;
mod shell;
mod size;
mod wire;
mod worker;
mod workflow;

pub use address::Address;
pub use engine::{TemporalEngine, workflow_id};
pub use error::Error;
pub use history::replay;
pub use recorder::Recorder;
pub use wire::{CancelWish, DecisionTaken, DecisionWish, RunEnd, RunInput};
pub use worker::{Worker, WorkerParts};
pub use workflow::AgentWorkflow;

/// The queue that workers listen on where nobody names another one.
pub const TASK_QUEUE: &str = "agent-tasks";
