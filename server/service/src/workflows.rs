//! Workflows as their tenants see them.

use std::sync::Arc;

use magone_core::execution::Pins;
use magone_core::grant::Scope;
use magone_core::workflow::Definition;
use magone_store::TenantWorkflow;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::{Resolved, ServiceError, Services, TenantCaller};

/// A workflow as its tenant sees it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Workflow")]
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
    pub(crate) fn of(workflow: &TenantWorkflow, pins: &Pins, definition: &Definition) -> Self {
        Self {
            slug: workflow.slug.clone(),
            name: workflow.name.clone().or_else(|| definition.name.clone()),
            description: workflow.description.clone().or_else(|| definition.description.clone()),
            version: pins.version,
            input_schema: definition.input_schema.clone(),
            output_schema: definition.output_schema.clone(),
        }
    }
}

impl Services {
    /// The tenant's workflows that the key is for.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], or what the store says.
    pub async fn workflows(&self, caller: &TenantCaller) -> Result<Vec<Arc<WorkflowInfo>>, ServiceError> {
        caller.require(Scope::Read)?;
        Ok(reached(caller, &self.catalog.list(&caller.tenant.id).await?))
    }

    /// The same, where they are known by heart: then nobody has to be waited for.
    #[must_use]
    pub fn known_workflows(&self, caller: &TenantCaller) -> Option<Vec<Arc<WorkflowInfo>>> {
        caller.require(Scope::Read).ok()?;
        Some(reached(caller, &self.catalog.listed.get(&caller.tenant.id)?))
    }

    /// One of the tenant's workflows.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] or [`ServiceError::NotFound`].
    pub async fn workflow(
        &self,
        caller: &TenantCaller,
        slug: &str,
    ) -> Result<Arc<WorkflowInfo>, ServiceError> {
        caller.require(Scope::Read)?;
        Ok(Arc::clone(&self.resolved(caller, slug).await?.info))
    }

    /// The tenant's workflow of that slug, ready to run; one that the key is not for is not there.
    pub(crate) async fn resolved(
        &self,
        caller: &TenantCaller,
        slug: &str,
    ) -> Result<Arc<Resolved>, ServiceError> {
        match caller.reaches(slug) {
            true => self.catalog.resolve(&caller.tenant.id, slug).await,
            false => Err(ServiceError::not_found("Workflow", slug)),
        }
    }
}

fn reached(caller: &TenantCaller, all: &[Arc<WorkflowInfo>]) -> Vec<Arc<WorkflowInfo>> {
    all.iter().filter(|workflow| caller.reaches(&workflow.slug)).cloned().collect()
}
