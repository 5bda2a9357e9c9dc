//! Everything that can be wrong with a definition or an agent.

use super::{Definition, Problem};
use crate::agent::Agent;

/// What exists outside of the definition.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// Whether there is an agent of that id.
    pub agents: &'a dyn Fn(&str) -> bool,
    /// Whether there is a tool of that name.
    pub tools: &'a dyn Fn(&str) -> bool,
}

/// Every problem of a definition, sorted by pointer.
#[must_use]
pub fn definition(_definition: &Definition, _known: Known<'_>) -> Vec<Problem> {
    Vec::new()
}

/// Every problem of an agent, sorted by pointer.
#[must_use]
pub fn agent(_agent: &Agent, _tools: &dyn Fn(&str) -> bool) -> Vec<Problem> {
    Vec::new()
}
