//! What runs ask of the world: answers of models, calls of tools, searches in collections.
//!
//! [`RealActivities`] is the engine's port. Everything that leaves this process over HTTP goes
//! through [`http`], which builds the only HTTP client there is; what a model says is a claim to be
//! checked, never an instruction: sizes, types and nesting are bounded before it is passed on.

pub mod guard;
pub mod http;
pub mod llm;
pub mod tools;

mod activities;
mod error;
mod knowledge;
mod pricing;
mod reply;
mod retry_after;
mod settings;

pub use activities::RealActivities;
pub use error::Error;
pub use pricing::Priced;
pub use settings::Settings;
