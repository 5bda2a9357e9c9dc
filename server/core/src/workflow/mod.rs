//! Workflow definitions: the format, its validation, templates, and the program that runs.

mod definition;
#[cfg(feature = "rules")]
mod flow;
#[cfg(feature = "rules")]
pub mod json_schema;
#[cfg(feature = "rules")]
pub mod overrides;
#[cfg(feature = "rules")]
pub mod parse;
#[cfg(feature = "rules")]
mod pointer;
#[cfg(feature = "rules")]
pub mod program;
#[cfg(feature = "rules")]
pub mod schema;
#[cfg(feature = "rules")]
mod suggestion;
#[cfg(feature = "rules")]
pub mod template;
#[cfg(feature = "rules")]
pub mod validate;

pub use definition::{
    BranchCase, Definition, FailMode, Limits, OnError, OnTimeout, Problem, Retry, Step, StepKind,
};
