//! Reading and validating in one: all problems of both at once.

use std::collections::BTreeSet;

use serde_json::Value;

use super::definition::Known;
use super::order;
use crate::agent::Agent;
use crate::workflow::parse::{self, Reading};
use crate::workflow::{Definition, Problem};

/// Reads a definition from YAML or JSON and validates it.
///
/// # Errors
/// Every problem, structural ones and others, in the order of their places.
pub fn read_definition(text: &str, known: Known<'_>) -> Result<Definition, Vec<Problem>> {
    judged(parse::read_definition(Err(text)), |found| super::definition(found, known))
}

/// Reads a definition from JSON and validates it.
///
/// # Errors
/// As [`read_definition`].
pub fn read_definition_value(value: Value, known: Known<'_>) -> Result<Definition, Vec<Problem>> {
    judged(parse::read_definition(Ok(value)), |found| super::definition(found, known))
}

/// Reads an agent from YAML or JSON and validates it.
///
/// # Errors
/// As [`read_definition`].
pub fn read_agent(text: &str, known: Known<'_>) -> Result<Agent, Vec<Problem>> {
    judged(parse::read_agent(Err(text)), |found| super::agent(found, known))
}

/// Reads an agent from JSON and validates it.
///
/// # Errors
/// As [`read_definition`].
pub fn read_agent_value(value: Value, known: Known<'_>) -> Result<Agent, Vec<Problem>> {
    judged(parse::read_agent(Ok(value)), |found| super::agent(found, known))
}

fn judged<T>(reading: Reading<T>, validate: impl Fn(&T) -> Vec<Problem>) -> Result<T, Vec<Problem>> {
    let Reading { found, mut problems } = reading;
    let further = found.as_ref().map(validate).unwrap_or_default();
    // Where something stands in for what was wrong, the stand-in is not to blame.
    let blamed: BTreeSet<String> = problems.iter().map(|problem| problem.pointer.clone()).collect();
    problems.extend(further.into_iter().filter(|problem| !is_inside(&problem.pointer, &blamed)));
    match found {
        Some(found) if problems.is_empty() => Ok(found),
        _ => {
            order::sort(&mut problems);
            Err(problems)
        }
    }
}

/// Whether a pointer is one of `places` or leads into one.
fn is_inside(pointer: &str, places: &BTreeSet<String>) -> bool {
    let ends = pointer.match_indices('/').map(|(at, _)| at).chain([pointer.len()]);
    ends.filter_map(|end| pointer.get(..end)).any(|place| places.contains(place))
}
