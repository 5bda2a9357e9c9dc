//! Agents: what is saved never changes, a change is a new version.

use magone_core::agent::Agent;
use magone_core::ports::StoreError;
use magone_core::time::Timestamp;

use super::{Configuration, Summary, versions};

impl Configuration {
    /// Saves an agent and answers its version. Where it equals the latest version, nothing is
    /// written and that version is answered.
    ///
    /// # Errors
    /// What the database says.
    pub async fn save_agent(&self, agent: &Agent, at: Timestamp) -> Result<u32, StoreError> {
        let agent = agent.clone();
        self.store
            .writer()
            .change(move |transaction| Box::pin(async move { versions::save(transaction, &agent, at).await }))
            .await
    }

    /// An agent with its version: the one asked for, or the latest.
    ///
    /// # Errors
    /// What the database says.
    pub async fn agent(&self, id: &str, version: Option<u32>) -> Result<Option<(u32, Agent)>, StoreError> {
        versions::load(self.store.reader(), id, version).await
    }

    /// All agents, by id.
    ///
    /// # Errors
    /// What the database says.
    pub async fn agents(&self) -> Result<Vec<Summary>, StoreError> {
        versions::list::<Agent>(self.store.reader()).await
    }
}
