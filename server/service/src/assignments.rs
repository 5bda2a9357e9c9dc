//! Which tenant may run what, and under which name.

use magone_core::ids::TenantWorkflowId;
use magone_core::json::Json;
use magone_core::slug;
use magone_core::workflow::overrides::Overrides;
use magone_core::workflow::{Definition, Problem};
use magone_store::{AssignWorkflow, TenantWorkflow};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::{Value, json};

use crate::audit::Change;
use crate::members::Members;
use crate::overrides::OVERRIDES;
use crate::{AdminCaller, Permission, ServiceError, Services, versioned};

/// What a tenant is to be given.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(rename = "NewAssignment")]
pub struct Assignment {
    /// The definition's id.
    pub definition: String,
    /// A version to stay at; null or "latest": always the latest.
    #[schemars(schema_with = "version_or_latest")]
    pub version: Option<u32>,
    /// What people call it; null: as the definition says.
    #[schemars(length(max = 255))]
    pub name: Option<String>,
    /// What it is for; null: as the definition says.
    pub description: Option<String>,
    /// What the tenant has otherwise; null or empty for nothing. Absent: as it was.
    #[schemars(rename = "config_overrides", with = "Option<Overrides>")]
    pub overrides: Option<Value>,
}

fn version_or_latest(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"anyOf": [{"type": "integer", "minimum": 1}, {"const": "latest"}, {"type": "null"}]})
}

impl Assignment {
    /// From the body `{definition, version?, name?, description?, config_overrides?}`; `version` is a
    /// number or `"latest"`. Without `config_overrides` they stay as they are, null takes them away.
    ///
    /// # Errors
    /// [`ServiceError::Validation`] with every problem of its form.
    pub fn from_json(body: Value) -> Result<Self, ServiceError> {
        let mut members = Members::of("assignment", body)?;
        let definition = members.needed_text("definition");
        let version = match members.take("version") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if text == "latest" => None,
            Some(value) => {
                let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
                let number = number.filter(|number| *number > 0);
                if number.is_none() {
                    members.problem("version", "'version' has to be a version's number, or \"latest\"");
                }
                number
            }
        };
        let (name, description) = (members.text("name"), members.text("description"));
        if name.as_deref().is_some_and(|name| name.chars().count() > 255) {
            members.problem("name", "A name has at most 255 characters");
        }
        let overrides = members.take(OVERRIDES).map(|value| if value.is_null() { json!({}) } else { value });
        members.end()?;
        Ok(Self { definition, version, name, description, overrides })
    }
}

/// What a run of a tenant's workflow would be right now.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "EffectiveWorkflow")]
pub struct Effective {
    /// The definition's version.
    pub version: u32,
    /// The agents, by id.
    pub agents: Vec<PinnedAgent>,
    /// What the tenant has otherwise than the definition; null where that is nothing.
    #[schemars(schema_with = "overrides_or_null")]
    pub overrides: Value,
    /// The definition that runs.
    #[schemars(with = "Definition")]
    pub definition: Value,
}

/// An agent at a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PinnedAgent {
    /// The agent's id.
    pub id: String,
    /// The version.
    pub version: u32,
}

/// Overrides as they are stored: every member can be absent.
#[must_use]
pub fn stored_overrides(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = Overrides::json_schema(generator);
    schema.remove("required");
    schema
}

fn overrides_or_null(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({"anyOf": [stored_overrides(generator), {"type": "null"}]})
}

impl Services {
    /// Gives a tenant a definition under a slug of its own; an existing assignment is changed.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] for tenant, definition or version, [`ServiceError::Validation`]
    /// for the slug.
    pub async fn assign_workflow(
        &self,
        caller: &AdminCaller,
        tenant: &str,
        slug: &str,
        assignment: Assignment,
    ) -> Result<TenantWorkflow, ServiceError> {
        caller.require(Permission::WriteWorkflows)?;
        slug::check(slug)
            .map_err(|why| ServiceError::invalid("slug", vec![Problem::new("/slug", why.to_string())]))?;
        let tenant = self.tenant_by_slug(tenant).await?;
        let configuration = self.store.configuration();
        let (definition, version) = (assignment.definition, assignment.version);
        let missing = || versioned::missing::<Definition>(&definition, version);
        let found = configuration.document::<Definition>(&definition, version).await?.ok_or_else(missing)?;
        let before = self.store.tenant(&tenant.id).workflow(slug).await?;
        let kept = before.as_ref().and_then(|before| before.overrides.as_deref());
        self.check_overrides(&found.1, assignment.overrides.as_ref(), kept).await?;
        let assign = AssignWorkflow {
            id: TenantWorkflowId::from_uuid((self.clock.mint)()),
            tenant_id: tenant.id.clone(),
            definition_id: definition.clone(),
            version,
            slug: slug.to_owned(),
            name: assignment.name,
            description: assignment.description,
            overrides: assignment.overrides.map(Json::new),
        };
        let after = configuration.assign_workflow(assign).await?;
        self.catalog.forget();
        let mut change = Change::new("workflow.assigned", ("tenant_workflow", after.id.as_str()));
        if let Some(before) = &before {
            change = change.from(noted(&tenant.slug, before));
        }
        self.note(caller, change.to(noted(&tenant.slug, &after))).await?;
        Ok(after)
    }

    /// What a tenant is assigned, by slug; what was taken from it is left out.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] or [`ServiceError::NotFound`].
    pub async fn assignments(
        &self,
        caller: &AdminCaller,
        tenant: &str,
    ) -> Result<Vec<TenantWorkflow>, ServiceError> {
        caller.require(Permission::ReadTenants)?;
        let tenant = self.tenant_by_slug(tenant).await?;
        let workflows = self.store.tenant(&tenant.id).workflows().await?;
        Ok(workflows.into_iter().filter(|workflow| workflow.is_active).collect())
    }

    /// Takes a workflow from a tenant. Runs in flight go on.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] or [`ServiceError::NotFound`].
    pub async fn unassign_workflow(
        &self,
        caller: &AdminCaller,
        tenant: &str,
        slug: &str,
    ) -> Result<(), ServiceError> {
        caller.require(Permission::WriteWorkflows)?;
        let tenant = self.tenant_by_slug(tenant).await?;
        let before = self.store.tenant(&tenant.id).workflow(slug).await?;
        let before = before.ok_or_else(|| ServiceError::not_found("Workflow", slug))?;
        let taken = self.store.configuration().unassign_workflow(&tenant.id, slug).await;
        taken.map_err(|error| versioned::gone(error, "Workflow", slug))?;
        self.catalog.forget();
        let change = Change::new("workflow.unassigned", ("tenant_workflow", before.id.as_str()));
        self.note(caller, change.from(noted(&tenant.slug, &before))).await
    }

    /// What a run of a tenant's workflow would be right now.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], [`ServiceError::NotFound`], or [`ServiceError::Internal`] where
    /// it could not run.
    pub async fn effective_workflow(
        &self,
        caller: &AdminCaller,
        tenant: &str,
        slug: &str,
    ) -> Result<Effective, ServiceError> {
        caller.require(Permission::ReadWorkflows)?;
        let tenant = self.tenant_by_slug(tenant).await?;
        let resolved = self.catalog.resolve(&tenant.id, slug).await?;
        let pins = &resolved.pins;
        let agents =
            pins.agents.iter().map(|(id, version)| PinnedAgent { id: id.clone(), version: *version });
        Ok(Effective {
            version: pins.version,
            agents: agents.collect(),
            overrides: pins.overrides.as_deref().cloned().unwrap_or_default(),
            definition: json!(resolved.program.definition()),
        })
    }
}

fn noted(tenant: &str, workflow: &TenantWorkflow) -> Value {
    json!({
        "tenant": tenant,
        "slug": workflow.slug,
        "definition": workflow.definition_id,
        "version": workflow.version,
        "name": workflow.name,
        "config_overrides": workflow.overrides,
        "is_active": workflow.is_active,
    })
}
