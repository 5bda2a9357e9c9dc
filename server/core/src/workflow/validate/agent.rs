//! What can be wrong with an agent.

use std::collections::BTreeSet;

use super::names::{Templates, View};
use super::{model, order, range, step};
use crate::agent::Agent;
use crate::slug;
use crate::workflow::{Problem, pointer};

/// Every problem of an agent, in the order of their places. `tools` says which tools exist.
#[must_use]
pub fn agent(agent: &Agent, tools: &dyn Fn(&str) -> bool) -> Vec<Problem> {
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
    listed_tools(&mut problems, agent, tools);
    for (member, listed) in [("knowledge", &agent.knowledge), ("sub_agents", &agent.sub_agents)] {
        if !listed.is_empty() {
            let detail = format!("`{member}` is not supported by this release; leave it out");
            problems.push(Problem::new(format!("/{member}"), detail));
        }
    }
    if let Some(schema) = &agent.output_schema {
        step::compiles(&mut problems, "/output_schema", schema);
    }
    Templates::new(&mut problems).text(View::Agent, "/instructions", &agent.instructions);
    order::sort(&mut problems);
    problems
}

fn listed_tools(problems: &mut Vec<Problem>, agent: &Agent, tools: &dyn Fn(&str) -> bool) {
    let mut seen = BTreeSet::new();
    for (at, tool) in agent.tools.iter().enumerate() {
        let detail = if !seen.insert(tool) {
            format!("tool `{tool}` is listed twice")
        } else if !tools(tool) {
            format!("there is no tool `{tool}`")
        } else {
            continue;
        };
        problems.push(Problem::new(pointer::item("/tools", at), detail));
    }
}
