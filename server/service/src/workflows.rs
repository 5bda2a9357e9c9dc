//! Definitions, and what tenants see of them.

use magone_core::ids::TenantWorkflowId;
use magone_core::slug;
use magone_core::workflow::program::Program;
use magone_core::workflow::validate::{self, Known};
use magone_core::workflow::{Definition, Problem};
use magone_store::{AssignWorkflow, Summary};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{AdminCaller, Permission, Resolved, ServiceError, Services, TenantCaller};

/// A workflow as its tenant sees it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorkflowInfo {
    /// The tenant's name for it.
    pub slug: String,
    /// What people call it.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Version that the next run is pinned to.
    pub version: u32,
    /// JSON Schema of the input.
    pub input_schema: Option<Value>,
    /// JSON Schema of the output.
    pub output_schema: Option<Value>,
}

impl WorkflowInfo {
    fn of(resolved: &Resolved) -> Self {
        let (workflow, definition) = (&resolved.workflow, resolved.program.definition());
        Self {
            slug: workflow.slug.clone(),
            name: workflow.name.clone().or_else(|| definition.name.clone()),
            description: workflow.description.clone().or_else(|| definition.description.clone()),
            version: resolved.pins.version,
            input_schema: definition.input_schema.clone(),
            output_schema: definition.output_schema.clone(),
        }
    }
}

impl Services {
    /// The tenant's workflows.
    ///
    /// # Errors
    /// What the store says.
    pub async fn workflows(&self, caller: &TenantCaller) -> Result<Vec<WorkflowInfo>, ServiceError> {
        let mut infos = Vec::new();
        for workflow in self.catalog.workflows(&caller.tenant.id).await?.iter() {
            let resolved = self.catalog.resolve(&caller.tenant.id, &workflow.slug).await?;
            infos.push(WorkflowInfo::of(&resolved));
        }
        Ok(infos)
    }

    /// One of the tenant's workflows.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`].
    pub async fn workflow(&self, caller: &TenantCaller, slug: &str) -> Result<WorkflowInfo, ServiceError> {
        Ok(WorkflowInfo::of(&*self.catalog.resolve(&caller.tenant.id, slug).await?))
    }

    /// Every problem of a definition, agents and tools included.
    ///
    /// # Errors
    /// What the store says.
    pub async fn definition_problems(&self, definition: &Definition) -> Result<Vec<Problem>, ServiceError> {
        let mut known = Vec::new();
        for id in Program::agents_named(definition) {
            if self.store.configuration().agent(&id, None).await?.is_some() {
                known.push(id);
            }
        }
        let agents = |id: &str| known.iter().any(|agent| agent == id);
        let tools = |name: &str| self.tools.iter().any(|tool| tool == name);
        Ok(validate::definition(definition, Known { agents: &agents, tools: &tools }))
    }

    /// Saves a definition; its version. The same content again is the same version.
    ///
    /// # Errors
    /// [`ServiceError::Validation`] with every problem.
    pub async fn save_definition(
        &self,
        caller: &AdminCaller,
        definition: &Definition,
    ) -> Result<u32, ServiceError> {
        caller.require(Permission::Configure)?;
        let problems = self.definition_problems(definition).await?;
        if !problems.is_empty() {
            return Err(ServiceError::invalid("definition", problems));
        }
        let now = (self.clock.now)();
        let version = self.store.configuration().save_definition(definition, now).await?;
        self.catalog.forget();
        let after = json!({"version": version});
        self.note(caller, "workflow.saved", "workflow_definition", &definition.id, after).await?;
        Ok(version)
    }

    /// All definitions.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], or what the store says.
    pub async fn definitions(&self, caller: &AdminCaller) -> Result<Vec<Summary>, ServiceError> {
        caller.require(Permission::ReadExecutions)?;
        Ok(self.store.configuration().definitions().await?)
    }

    /// Gives a tenant a definition under a slug of its own; an existing assignment is changed.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] for tenant or definition, [`ServiceError::Validation`] for the slug.
    pub async fn assign_workflow(
        &self,
        caller: &AdminCaller,
        tenant: &str,
        definition: &str,
        slug: &str,
        name: Option<String>,
    ) -> Result<(), ServiceError> {
        caller.require(Permission::Configure)?;
        slug::check(slug)
            .map_err(|why| ServiceError::invalid("slug", vec![Problem::new("/slug", why.to_string())]))?;
        let tenant = self.tenant_by_slug(tenant).await?;
        let found = self.store.configuration().definition(definition, None).await?;
        found.ok_or_else(|| ServiceError::not_found("Workflow definition", definition))?;
        let assignment = AssignWorkflow {
            id: TenantWorkflowId::from_uuid((self.clock.mint)()),
            tenant_id: tenant.id.clone(),
            definition_id: definition.to_owned(),
            version: None,
            slug: slug.to_owned(),
            name,
            description: None,
        };
        self.store.configuration().assign_workflow(assignment).await?;
        self.catalog.forget();
        let after = json!({"tenant": tenant.slug, "definition": definition});
        self.note(caller, "workflow.assigned", "tenant_workflow", slug, after).await
    }
}
