//! A definition made ready to run: validated, indexed, with its agents.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Definition, Problem, Step, StepKind};
use crate::agent::Agent;

/// Everything that the interpreter needs to know of a run's pinned versions. Immutable.
#[derive(Debug)]
pub struct Program {
    definition: Definition,
    agents: BTreeMap<String, Arc<Agent>>,
    index: BTreeMap<String, usize>,
    certain: BTreeMap<String, BTreeSet<String>>,
}

impl Program {
    /// Validates and indexes. `agents` are those that the definition names, by id.
    ///
    /// # Errors
    /// Every problem that `validate` finds.
    pub fn new(
        definition: Definition,
        agents: impl IntoIterator<Item = Arc<Agent>>,
    ) -> Result<Self, Vec<Problem>> {
        let agents: BTreeMap<_, _> = agents.into_iter().map(|a| (a.id.clone(), a)).collect();
        let problems = super::validate::definition(&definition, &|id| agents.contains_key(id));
        if !problems.is_empty() {
            return Err(problems);
        }
        let index = definition.steps.iter().enumerate().map(|(i, s)| (s.id.clone(), i)).collect();
        let certain = super::flow::certain_before(&definition);
        Ok(Self { definition, agents, index, certain })
    }

    /// The definition.
    #[must_use]
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// The step of that id.
    #[must_use]
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.index.get(id).and_then(|i| self.definition.steps.get(*i))
    }

    /// The agent of that id.
    #[must_use]
    pub fn agent(&self, id: &str) -> Option<&Arc<Agent>> {
        self.agents.get(id)
    }

    /// Steps that have certainly ended when `step` begins: the names that its templates may use.
    #[must_use]
    pub fn certain_before(&self, step: &str) -> Option<&BTreeSet<String>> {
        self.certain.get(step)
    }

    /// Ids of the agents that a definition names.
    #[must_use]
    pub fn agents_named(definition: &Definition) -> BTreeSet<String> {
        definition
            .steps
            .iter()
            .filter_map(|step| match &step.kind {
                StepKind::Agent { agent, .. } => Some(agent.clone()),
                _ => None,
            })
            .collect()
    }
}
