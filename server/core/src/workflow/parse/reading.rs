//! From a document to a definition or an agent.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::shape::{AGENT, DEFINITION, Member, OVERRIDES};
use super::structure::Findings;
use super::text;
use crate::agent::Agent;
use crate::workflow::overrides::Overrides;
use crate::workflow::{Definition, Problem};

/// What could be made out of a document.
#[derive(Debug)]
pub(in crate::workflow) struct Reading<T> {
    /// The document, with stand-ins where `problems` point to; `None` where it is none at all.
    pub found: Option<T>,
    /// What is wrong with its structure.
    pub problems: Vec<Problem>,
}

impl<T> Reading<T> {
    fn refused(problem: Problem) -> Self {
        Self { found: None, problems: vec![problem] }
    }

    /// The document if nothing is wrong with it.
    fn strict(self) -> Result<T, Vec<Problem>> {
        match self.found {
            Some(found) if self.problems.is_empty() => Ok(found),
            _ => Err(self.problems),
        }
    }
}

/// Reads a definition from YAML or JSON. Whether it makes sense is for `validate` to say.
///
/// # Errors
/// Every structural problem.
pub fn definition(text: &str) -> Result<Definition, Vec<Problem>> {
    text::value(text).map_err(|problem| vec![problem]).and_then(definition_from_value)
}

/// Reads a definition from JSON.
///
/// # Errors
/// As [`definition`].
pub fn definition_from_value(value: Value) -> Result<Definition, Vec<Problem>> {
    read_definition(Ok(value)).strict()
}

/// Reads an agent from YAML or JSON. Whether it makes sense is for `validate` to say.
///
/// # Errors
/// Every structural problem.
pub fn agent(text: &str) -> Result<Agent, Vec<Problem>> {
    text::value(text).map_err(|problem| vec![problem]).and_then(agent_from_value)
}

/// Reads an agent from JSON.
///
/// # Errors
/// As [`agent`].
pub fn agent_from_value(value: Value) -> Result<Agent, Vec<Problem>> {
    read_agent(Ok(value)).strict()
}

/// Reads what a tenant has otherwise than a definition, from JSON. Whether it fits is for
/// [`Overrides::problems`] to say.
///
/// # Errors
/// Every structural problem.
pub fn overrides(value: Value) -> Result<Overrides, Vec<Problem>> {
    read(Ok(value), OVERRIDES).strict()
}

/// Reads as much of a definition as can be read.
pub(in crate::workflow) fn read_definition(document: Result<Value, &str>) -> Reading<Definition> {
    read(document, DEFINITION)
}

/// Reads as much of an agent as can be read.
pub(in crate::workflow) fn read_agent(document: Result<Value, &str>) -> Reading<Agent> {
    read(document, AGENT)
}

/// `document` is either read already, or text.
fn read<T: DeserializeOwned>(document: Result<Value, &str>, members: &[Member]) -> Reading<T> {
    let value = match document {
        Ok(value) => text::bounded(&value).map(|()| value),
        Err(text) => text::value(text),
    };
    let mut value = match value {
        Ok(value) => value,
        Err(problem) => return Reading::refused(problem),
    };
    let mut findings = Findings::new();
    if !findings.object("", &mut value, members) {
        return Reading { found: None, problems: findings.problems };
    }
    let mut problems = findings.problems;
    let found = match serde_json::from_value(value) {
        Ok(found) => Some(found),
        Err(error) => {
            // The tables let nothing through that the types refuse; a test holds them together.
            if problems.is_empty() {
                problems.push(Problem::new("", format!("it cannot be read: {error}")));
            }
            None
        }
    };
    Reading { found, problems }
}
