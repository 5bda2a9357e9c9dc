//! A provider without a model: for tests, for test keys and for the demo. The same question has the
//! same answer, always: no clock, no randomness, no state.
//!
//! The model's name says which script speaks (`scripted/<script>`), see [`Script`]. What users write
//! never steers it.

mod demo;
mod figures;
mod instance;
mod persona;
mod provider;
mod script;
mod word_count;

pub use provider::Scripted;
pub use script::Script;
