//! Models. A model is named `provider/name`; the provider is looked up by the part before the slash.

pub mod openai;
pub mod scripted;

mod provider;
mod registry;

pub use provider::{Answer, LlmProvider, Request};
pub use registry::Providers;
