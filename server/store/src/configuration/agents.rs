//! Agents: what is saved never changes, a change is a new version.

use magone_core::agent::Agent;
use magone_core::ports::StoreError;
use magone_core::time::Timestamp;

use super::saving::Saving;
use super::{Configuration, Summary, VersionSummary, history, saving, versions};

impl Configuration {
    /// Saves an agent and answers its version. Where it equals the latest version, nothing is
    /// written and that version is answered. `base` is the version that the change was made to, 0
    /// for none; without it, whatever is there is followed.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when `base` is not the latest version.
    pub async fn save_agent(
        &self,
        agent: &Agent,
        base: Option<u32>,
        at: Timestamp,
    ) -> Result<u32, StoreError> {
        self.save_agent_with(agent, Saving { base, unlisted: false }, at).await
    }

    /// An agent with its version: the one asked for, or the latest; unless it is deleted.
    ///
    /// # Errors
    /// What the database says.
    pub async fn agent(&self, id: &str, version: Option<u32>) -> Result<Option<(u32, Agent)>, StoreError> {
        versions::load_living(self.store.reader(), id, version).await
    }

    /// As [`Self::agent`], also one that is deleted: what still refers to it goes on.
    ///
    /// # Errors
    /// What the database says.
    pub async fn agent_to_run(
        &self,
        id: &str,
        version: Option<u32>,
    ) -> Result<Option<(u32, Agent)>, StoreError> {
        versions::load(self.store.reader(), id, version).await
    }

    /// All versions, newest first; none where there is no such agent.
    ///
    /// # Errors
    /// What the database says.
    pub async fn agent_versions(&self, id: &str) -> Result<Vec<VersionSummary>, StoreError> {
        history::of::<Agent>(self.store.reader(), id).await
    }

    /// All agents, by id.
    ///
    /// # Errors
    /// What the database says.
    pub async fn agents(&self) -> Result<Vec<Summary>, StoreError> {
        versions::list::<Agent>(self.store.reader()).await
    }

    async fn save_agent_with(&self, agent: &Agent, saving: Saving, at: Timestamp) -> Result<u32, StoreError> {
        let agent = agent.clone();
        self.store
            .writer()
            .change(move |transaction| {
                Box::pin(async move { saving::save(transaction, &agent, at, saving).await })
            })
            .await
    }
}
