//! Workflows as their tenants see them.

use serde::Serialize;
use serde_json::Value;

use crate::{Resolved, ServiceError, Services, TenantCaller};

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
}
