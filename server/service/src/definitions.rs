//! Definitions, with their versions.

use std::collections::BTreeSet;

use magone_core::workflow::Definition;
use magone_core::workflow::validate::{self, Known};
use magone_store::{Summary, VersionSummary};
use serde_json::{Value, json};

use crate::audit::Change;
use crate::difference::Difference;
use crate::versioned::{self, SaveRequest, Version};
use crate::{AdminCaller, Permission, ServiceError, Services};

const KIND: &str = "Workflow definition";

impl Services {
    /// Saves a definition; its version. The same content again is the same version. `base` is the
    /// version that the change was made to, 0 for none; without it, whatever is there is followed.
    ///
    /// # Errors
    /// [`ServiceError::Validation`] with every problem; [`ServiceError::Conflict`] when somebody
    /// saved in between.
    pub async fn save_definition(
        &self,
        caller: &AdminCaller,
        definition: &Definition,
        base: Option<u32>,
    ) -> Result<u32, ServiceError> {
        caller.require(Permission::WriteWorkflows)?;
        let agents = self.agent_ids().await?;
        let known = Known { agents: &|id| agents.contains(id), tools: &|name| self.knows_tool(name) };
        let problems = validate::definition(definition, known);
        if !problems.is_empty() {
            return Err(ServiceError::invalid("definition", problems));
        }
        let configuration = self.store.configuration();
        let before = configuration.definition(&definition.id, None).await?.map(|(version, _)| version);
        let version = configuration.save_definition(definition, base, (self.clock.now)()).await?;
        self.catalog.forget();
        let change = Change::new("workflow.saved", ("workflow_definition", &definition.id));
        let change = change.from(json!({"version": before})).to(json!({"version": version}));
        self.note(caller, change).await?;
        Ok(version)
    }

    /// As [`Self::save_definition`], from JSON.
    ///
    /// # Errors
    /// As there.
    pub async fn save_definition_json(
        &self,
        caller: &AdminCaller,
        request: SaveRequest,
    ) -> Result<Version<Definition>, ServiceError> {
        caller.require(Permission::WriteWorkflows)?;
        let document = self.read_definition(request.body).await?;
        let version = self.save_definition(caller, &document, request.base).await?;
        Ok(Version { version, document })
    }

    /// A valid definition from JSON.
    pub(crate) async fn read_definition(&self, body: Value) -> Result<Definition, ServiceError> {
        let agents = self.agent_ids().await?;
        let known = Known { agents: &|id| agents.contains(id), tools: &|name| self.knows_tool(name) };
        let read = validate::read_definition_value(body, known);
        read.map_err(|problems| ServiceError::invalid("definition", problems))
    }

    /// All definitions.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], or what the store says.
    pub async fn definitions(&self, caller: &AdminCaller) -> Result<Vec<Summary>, ServiceError> {
        caller.require(Permission::ReadWorkflows)?;
        Ok(self.store.configuration().definitions().await?)
    }

    /// A definition: the version asked for, or the latest.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] or [`ServiceError::NotFound`].
    pub async fn definition(
        &self,
        caller: &AdminCaller,
        id: &str,
        version: Option<u32>,
    ) -> Result<Version<Definition>, ServiceError> {
        caller.require(Permission::ReadWorkflows)?;
        let found = self.store.configuration().definition(id, version).await?;
        let (version, document) = found.ok_or_else(|| versioned::missing(KIND, id, version))?;
        Ok(Version { version, document })
    }

    /// All versions of a definition, newest first.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] or [`ServiceError::NotFound`].
    pub async fn definition_versions(
        &self,
        caller: &AdminCaller,
        id: &str,
    ) -> Result<Vec<VersionSummary>, ServiceError> {
        self.definition(caller, id, None).await?;
        Ok(self.store.configuration().definition_versions(id).await?)
    }

    /// What differs between two versions of a definition.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] or [`ServiceError::NotFound`].
    pub async fn definition_differences(
        &self,
        caller: &AdminCaller,
        id: &str,
        from: u32,
        to: u32,
    ) -> Result<Vec<Difference>, ServiceError> {
        let before = self.definition(caller, id, Some(from)).await?;
        let after = self.definition(caller, id, Some(to)).await?;
        versioned::differences(&before.document, &after.document)
    }

    /// Deletes a definition. Runs that are pinned to its versions go on.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`]; [`ServiceError::Conflict`] naming the tenants that it is assigned to.
    pub async fn delete_definition(&self, caller: &AdminCaller, id: &str) -> Result<(), ServiceError> {
        caller.require(Permission::WriteWorkflows)?;
        let deleted = self.store.configuration().delete_definition(id, (self.clock.now)()).await;
        deleted.map_err(|error| versioned::gone(error, KIND, id))?;
        self.catalog.forget();
        self.note(caller, Change::new("workflow.deleted", ("workflow_definition", id))).await
    }

    async fn agent_ids(&self) -> Result<BTreeSet<String>, ServiceError> {
        let agents = self.store.configuration().agents().await?;
        Ok(agents.into_iter().map(|agent| agent.id).collect())
    }
}
