//! Reads definitions and agents.

use serde_json::Value;

use super::{Definition, Problem};
use crate::agent::Agent;

/// Reads a definition from YAML or JSON.
///
/// # Errors
/// Every structural problem.
pub fn definition(text: &str) -> Result<Definition, Vec<Problem>> {
    definition_from_value(value(text)?)
}

/// Reads a definition.
///
/// # Errors
/// Every structural problem.
pub fn definition_from_value(value: Value) -> Result<Definition, Vec<Problem>> {
    serde_json::from_value(value).map_err(|e| vec![Problem::new("", e.to_string())])
}

/// Reads an agent from YAML or JSON.
///
/// # Errors
/// Every structural problem.
pub fn agent(text: &str) -> Result<Agent, Vec<Problem>> {
    agent_from_value(value(text)?)
}

/// Reads an agent.
///
/// # Errors
/// Every structural problem.
pub fn agent_from_value(value: Value) -> Result<Agent, Vec<Problem>> {
    serde_json::from_value(value).map_err(|e| vec![Problem::new("", e.to_string())])
}

fn value(text: &str) -> Result<Value, Vec<Problem>> {
    serde_saphyr::from_str(text).map_err(|e| vec![Problem::new("", e.to_string())])
}
