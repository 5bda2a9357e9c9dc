//! Tools that models and steps may call.

mod builtin;
mod registry;

pub use registry::{ToolSpec, Toolbox};
