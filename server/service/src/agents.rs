//! Agents, with their versions.

use magone_core::agent::Agent;
use magone_core::workflow::validate;
use magone_store::{Summary, VersionSummary};
use serde_json::json;

use crate::audit::Change;
use crate::difference::Difference;
use crate::versioned::{self, SaveRequest, Version};
use crate::{AdminCaller, Permission, ServiceError, Services};

const KIND: &str = "Agent";

impl Services {
    /// Saves an agent; its version. The same content again is the same version. `base` is the
    /// version that the change was made to, 0 for none; without it, whatever is there is followed.
    ///
    /// # Errors
    /// [`ServiceError::Validation`] with every problem; [`ServiceError::Conflict`] when somebody
    /// saved in between.
    pub async fn save_agent(
        &self,
        caller: &AdminCaller,
        agent: &Agent,
        base: Option<u32>,
    ) -> Result<u32, ServiceError> {
        caller.require(Permission::WriteAgents)?;
        let problems = validate::agent(agent, &|name| self.knows_tool(name));
        if !problems.is_empty() {
            return Err(ServiceError::invalid("agent", problems));
        }
        let configuration = self.store.configuration();
        let before = configuration.agent(&agent.id, None).await?.map(|(version, _)| version);
        let version = configuration.save_agent(agent, base, (self.clock.now)()).await?;
        self.catalog.forget();
        let change = Change::new("agent.saved", ("agent", &agent.id));
        let change = change.from(json!({"version": before})).to(json!({"version": version}));
        self.note(caller, change).await?;
        Ok(version)
    }

    /// As [`Self::save_agent`], from JSON.
    ///
    /// # Errors
    /// As there.
    pub async fn save_agent_json(
        &self,
        caller: &AdminCaller,
        request: SaveRequest,
    ) -> Result<Version<Agent>, ServiceError> {
        caller.require(Permission::WriteAgents)?;
        let read = validate::read_agent_value(request.body, &|name| self.knows_tool(name));
        let document = read.map_err(|problems| ServiceError::invalid("agent", problems))?;
        let version = self.save_agent(caller, &document, request.base).await?;
        Ok(Version { version, document })
    }

    /// All agents.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], or what the store says.
    pub async fn agents(&self, caller: &AdminCaller) -> Result<Vec<Summary>, ServiceError> {
        caller.require(Permission::ReadAgents)?;
        Ok(self.store.configuration().agents().await?)
    }

    /// An agent: the version asked for, or the latest.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] or [`ServiceError::NotFound`].
    pub async fn agent(
        &self,
        caller: &AdminCaller,
        id: &str,
        version: Option<u32>,
    ) -> Result<Version<Agent>, ServiceError> {
        caller.require(Permission::ReadAgents)?;
        let found = self.store.configuration().agent(id, version).await?;
        let (version, document) = found.ok_or_else(|| versioned::missing(KIND, id, version))?;
        Ok(Version { version, document })
    }

    /// All versions of an agent, newest first.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] or [`ServiceError::NotFound`].
    pub async fn agent_versions(
        &self,
        caller: &AdminCaller,
        id: &str,
    ) -> Result<Vec<VersionSummary>, ServiceError> {
        self.agent(caller, id, None).await?;
        Ok(self.store.configuration().agent_versions(id).await?)
    }

    /// What differs between two versions of an agent.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] or [`ServiceError::NotFound`].
    pub async fn agent_differences(
        &self,
        caller: &AdminCaller,
        id: &str,
        from: u32,
        to: u32,
    ) -> Result<Vec<Difference>, ServiceError> {
        let before = self.agent(caller, id, Some(from)).await?;
        let after = self.agent(caller, id, Some(to)).await?;
        versioned::differences(&before.document, &after.document)
    }

    /// Deletes an agent. Runs that are pinned to its versions go on.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`]; [`ServiceError::Conflict`] naming the definitions that name it.
    pub async fn delete_agent(&self, caller: &AdminCaller, id: &str) -> Result<(), ServiceError> {
        caller.require(Permission::WriteAgents)?;
        let deleted = self.store.configuration().delete_agent(id, (self.clock.now)()).await;
        deleted.map_err(|error| versioned::gone(error, KIND, id))?;
        self.catalog.forget();
        self.note(caller, Change::new("agent.deleted", ("agent", id))).await
    }
}
