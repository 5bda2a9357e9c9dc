//! What can be wrong with an agent.

use std::collections::BTreeSet;

use super::definition::Known;
use super::names::{Templates, View};
use super::{model, order, range, step};
use crate::agent::Agent;
use crate::slug;
use crate::workflow::{Problem, pointer};

/// Every problem of an agent, in the order of their places.
#[must_use]
pub fn agent(agent: &Agent, known: Known<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Err(rule) = slug::check(&agent.id) {
        problems.push(Problem::new("/id", rule));
    }
    if let Err(detail) = model::check(&agent.model) {
        problems.push(Problem::new("/model", detail));
    }
    for (at, fallback) in agent.fallbacks.iter().enumerate() {
        if let Err(detail) = model::check(fallback) {
            problems.push(Problem::new(pointer::item("/fallbacks", at), detail));
        }
    }
    if let Some(temperature) = agent.temperature {
        range::check(&mut problems, "", "temperature", temperature, 0.0..=2.0);
    }
    if let Some(tokens) = agent.max_tokens {
        range::check(&mut problems, "", "max_tokens", tokens, 1..=u32::MAX);
    }
    range::check(&mut problems, "", "max_turns", agent.max_turns, 1..=100);
    let tool =
        |name: &str| if (known.tools)(name) { Ok(()) } else { Err(format!("there is no tool `{name}`")) };
    listed(&mut problems, ("tools", "tool"), &agent.tools, tool);
    let collection = |name: &str| known.collections.check(name);
    listed(&mut problems, ("knowledge", "collection"), &agent.knowledge, collection);
    if !agent.sub_agents.is_empty() {
        let detail = "`sub_agents` is not supported by this release; leave it out";
        problems.push(Problem::new("/sub_agents", detail));
    }
    if let Some(schema) = &agent.output_schema {
        step::compiles(&mut problems, "/output_schema", schema);
    }
    Templates::new(&mut problems).text(View::Agent, "/instructions", &agent.instructions);
    order::sort(&mut problems);
    problems
}

/// Reports what does not exist in a list of names, and what stands in it twice.
fn listed(
    problems: &mut Vec<Problem>,
    (member, word): (&str, &str),
    names: &[String],
    check: impl Fn(&str) -> Result<(), String>,
) {
    let mut seen = BTreeSet::new();
    for (at, name) in names.iter().enumerate() {
        let found =
            if seen.insert(name) { check(name) } else { Err(format!("{word} `{name}` is listed twice")) };
        if let Err(detail) = found {
            problems.push(Problem::new(pointer::item(&format!("/{member}"), at), detail));
        }
    }
}
