//! Definitions that run others.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use magone_core::agent::Agent;
use magone_core::execution::{PinnedWorkflow, Pins};
use magone_core::json::Json;
use magone_core::workflow::Definition;
use magone_core::workflow::overrides::Overrides;
use magone_core::workflow::program::Program;

use serde_json::Value;

use crate::{Catalog, ServiceError, Services};

/// Definitions that are followed at most: more than any valid one reaches.
const MOST_FOLLOWED: usize = 200;

/// What definitions run, by id.
pub type Children = BTreeMap<String, BTreeSet<String>>;

impl Services {
    /// What the latest versions of these definitions run, and those that they run in turn. Ids that
    /// there is no definition of are missing.
    ///
    /// # Errors
    /// What the store says.
    pub async fn children(&self, of: BTreeSet<String>) -> Result<Children, ServiceError> {
        let configuration = self.store.configuration();
        let (mut open, mut found) = (of, Children::new());
        while let Some(id) = open.pop_first().filter(|_| found.len() < MOST_FOLLOWED) {
            if found.contains_key(&id) {
                continue;
            }
            if let Some((_, definition)) = configuration.document::<Definition>(&id, None).await? {
                let named = Program::workflows_named(&definition);
                open.extend(named.iter().cloned());
                found.insert(id, named);
            }
        }
        Ok(found)
    }
}

impl Catalog {
    /// The versions that the next run of a definition is pinned to, with those of all children that it
    /// may come to.
    pub(crate) async fn pins(
        &self,
        id: &str,
        version: Option<u32>,
        overrides: Option<Json>,
    ) -> Result<Pins, ServiceError> {
        let (own, mut open) = self.pinned(id, version, overrides.as_deref()).await?;
        let mut workflows = BTreeMap::new();
        while let Some(id) = open.pop_first().filter(|_| workflows.len() < MOST_FOLLOWED) {
            if let Entry::Vacant(unknown) = workflows.entry(id) {
                let (pinned, named) = self.pinned(unknown.key(), None, None).await?;
                unknown.insert(pinned);
                open.extend(named);
            }
        }
        let PinnedWorkflow { definition, version, agents } = own;
        let workflows = workflows.into_values().collect();
        Ok(Pins { definition, version, agents, workflows, overrides, scripted: false })
    }

    /// A definition with the versions of its agents, and what it runs.
    async fn pinned(
        &self,
        id: &str,
        version: Option<u32>,
        overrides: Option<&Value>,
    ) -> Result<(PinnedWorkflow, BTreeSet<String>), ServiceError> {
        let configuration = self.store.configuration();
        let found = configuration.document_to_run::<Definition>(id, version).await?;
        let gone = || ServiceError::Internal(format!("definition '{id}' is gone"));
        let (version, mut definition) = found.ok_or_else(gone)?;
        if let Some(overrides) = overrides {
            let unfit =
                |problems| ServiceError::Internal(format!("overrides of '{id}' do not fit: {problems:?}"));
            let overrides = Overrides::stored(overrides).map_err(unfit)?;
            definition = overrides.over(definition).map_err(unfit)?;
        }
        let mut agents = Vec::new();
        for agent in Program::agents_named(&definition) {
            let found = configuration.document_to_run::<Agent>(&agent, None).await?;
            let gone = || ServiceError::Internal(format!("agent '{agent}' of definition '{id}' is gone"));
            agents.push((agent.clone(), found.ok_or_else(gone)?.0));
        }
        let named = Program::workflows_named(&definition);
        Ok((PinnedWorkflow { definition: id.to_owned(), version, agents }, named))
    }
}
