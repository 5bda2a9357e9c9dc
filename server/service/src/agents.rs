//! Agents.

use magone_core::agent::Agent;
use magone_core::workflow::validate;
use magone_store::Summary;
use serde_json::json;

use crate::{AdminCaller, Permission, ServiceError, Services};

impl Services {
    /// Saves an agent; its version. The same content again is the same version.
    ///
    /// # Errors
    /// [`ServiceError::Validation`] with every problem.
    pub async fn save_agent(&self, caller: &AdminCaller, agent: &Agent) -> Result<u32, ServiceError> {
        caller.require(Permission::Configure)?;
        let problems = validate::agent(agent, &|name| self.tools.iter().any(|tool| tool == name));
        if !problems.is_empty() {
            return Err(ServiceError::invalid("agent", problems));
        }
        let version = self.store.configuration().save_agent(agent, (self.clock.now)()).await?;
        self.catalog.forget();
        self.note(caller, "agent.saved", "agent", &agent.id, json!({"version": version})).await?;
        Ok(version)
    }

    /// All agents.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], or what the store says.
    pub async fn agents(&self, caller: &AdminCaller) -> Result<Vec<Summary>, ServiceError> {
        caller.require(Permission::ReadExecutions)?;
        Ok(self.store.configuration().agents().await?)
    }
}
