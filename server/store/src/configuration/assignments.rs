//! Which tenant may run which definition, under which name.

use std::sync::Arc;

use magone_core::ids::{TenantId, TenantWorkflowId};
use magone_core::json::Json;
use magone_core::ports::StoreError;
use magone_core::time::Timestamp;
use magone_core::workflow::Definition;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{DatabaseTransaction, EntityTrait, QueryTrait};
use serde_json::{Map, Value};

use super::deletion::{Assigned, assignments_of};
use super::{Configuration, versions};
use crate::clock;
use crate::dialect::Dialect;
use crate::entity::tenant_workflow::{Column, Entity, Model};
use crate::row;

/// A definition as one tenant sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct TenantWorkflow {
    /// Identity.
    pub id: TenantWorkflowId,
    /// The tenant's name for it.
    pub slug: String,
    /// What people call it; `None`: as the definition says.
    pub name: Option<String>,
    /// What it is for; `None`: as the definition says.
    pub description: Option<String>,
    /// The definition.
    pub definition_id: String,
    /// The version that it is pinned to; `None`: always the latest.
    pub version: Option<u32>,
    /// Whether it can be run.
    pub is_active: bool,
    /// What the tenant has otherwise than the definition; `None` where that is nothing.
    pub overrides: Option<Json>,
    /// When it was assigned.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Gives a tenant a workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssignWorkflow {
    /// Identity, minted by the caller; used where the slug is new to the tenant.
    pub id: TenantWorkflowId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The definition.
    pub definition_id: String,
    /// A version to pin it to; `None`: always the latest.
    pub version: Option<u32>,
    /// The tenant's name for it.
    pub slug: String,
    /// What people call it.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// What the tenant has otherwise; `None`: as it was.
    pub overrides: Option<Json>,
}

/// An assignment that has something otherwise than its definition.
#[derive(Clone, Debug, PartialEq)]
pub struct Overridden {
    /// The tenant's slug.
    pub tenant: String,
    /// The tenant's name for the workflow.
    pub slug: String,
    /// What it has otherwise.
    pub overrides: Json,
}

impl Configuration {
    /// Assigns a workflow. Where the tenant has one of that slug, it keeps its identity, takes over the
    /// rest, and is switched on.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such definition, version or tenant.
    pub async fn assign_workflow(&self, assign: AssignWorkflow) -> Result<TenantWorkflow, StoreError> {
        let dialect = self.store.dialect();
        self.store
            .writer()
            .change(move |transaction| Box::pin(async move { put(transaction, &assign, dialect).await }))
            .await
    }

    /// Tenants that follow the latest version of a definition, and have something otherwise.
    ///
    /// # Errors
    /// What the database says.
    pub async fn overridden(&self, definition: &str) -> Result<Vec<Overridden>, StoreError> {
        let rows: Vec<Assigned> = self.store.reader().all(assignments_of(definition)).await?;
        let followed = rows.into_iter().filter(|row| row.version.is_none());
        let overridden = followed.filter_map(|row| {
            let overrides = row.overrides.and_then(overriding)?;
            Some(Overridden { tenant: row.tenant, slug: row.slug, overrides })
        });
        Ok(overridden.collect())
    }

    /// Takes a workflow from a tenant. The row stays, switched off: its runs refer to it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the tenant has no such workflow, or it is switched off already.
    pub async fn unassign_workflow(&self, tenant: &TenantId, slug: &str) -> Result<(), StoreError> {
        let mut update = Query::update();
        update
            .table(Entity)
            .value(Column::IsActive, false)
            .value(Column::UpdatedAt, self.store.dialect().time(Some(clock::now())))
            .and_where(Expr::col(Column::TenantId).eq(tenant.as_str()))
            .and_where(Expr::col(Column::Slug).eq(slug))
            .and_where(Expr::col(Column::IsActive).eq(true));
        match self.store.writer().execute(update).await? {
            0 => Err(StoreError::NotFound(format!("workflow {slug}"))),
            _ => Ok(()),
        }
    }
}

async fn put(
    transaction: &DatabaseTransaction,
    assign: &AssignWorkflow,
    dialect: Dialect,
) -> Result<TenantWorkflow, StoreError> {
    if !versions::exists::<Definition>(transaction, &assign.definition_id, assign.version).await? {
        let version = assign.version.map(|version| format!(" version {version}")).unwrap_or_default();
        return Err(StoreError::NotFound(format!("definition {}{version}", assign.definition_id)));
    }
    let pinned = assign.version.map(|version| i32::try_from(version).unwrap_or(i32::MAX));
    let overrides = assign.overrides.clone().unwrap_or_else(|| Arc::new(Value::Object(Map::new())));
    let mut insert = row::insert(
        Entity,
        [
            (Column::Id, assign.id.as_str().into()),
            (Column::TenantId, assign.tenant_id.as_str().into()),
            (Column::WorkflowDefinitionId, assign.definition_id.as_str().into()),
            (Column::DefinitionVersion, pinned.into()),
            (Column::Slug, assign.slug.as_str().into()),
            (Column::Name, assign.name.clone().into()),
            (Column::Description, assign.description.clone().into()),
            (Column::ConfigOverrides, dialect.json(Some(&overrides))?),
            (Column::IsActive, true.into()),
            (Column::UpdatedAt, dialect.time(Some(clock::now()))),
        ],
    )?;
    let mut taken_over = vec![
        Column::WorkflowDefinitionId,
        Column::DefinitionVersion,
        Column::Name,
        Column::Description,
        Column::IsActive,
        Column::UpdatedAt,
    ];
    taken_over.extend(assign.overrides.as_ref().map(|_| Column::ConfigOverrides));
    let conflict =
        OnConflict::columns([Column::TenantId, Column::Slug]).update_columns(taken_over).to_owned();
    insert.on_conflict(conflict);
    row::execute(transaction, &insert).await?;
    let mut query = Entity::find().into_query();
    query
        .and_where(Expr::col(Column::TenantId).eq(assign.tenant_id.as_str()))
        .and_where(Expr::col(Column::Slug).eq(assign.slug.as_str()));
    let written: Option<Model> = row::one(transaction, &query).await?;
    written
        .and_then(TenantWorkflow::from_model)
        .ok_or_else(|| StoreError::Internal("an assignment was written and is not there".to_owned()))
}

/// `None` where nothing is overridden.
fn overriding(overrides: Value) -> Option<Json> {
    match overrides {
        Value::Null => None,
        Value::Object(members) if members.is_empty() => None,
        overrides => Some(Arc::new(overrides)),
    }
}

impl TenantWorkflow {
    /// `None` where the row points at no definition.
    pub(crate) fn from_model(model: Model) -> Option<Self> {
        let created_at = model.created_at.map(Timestamp::from_offset).unwrap_or_default();
        Some(Self {
            id: TenantWorkflowId::from_text(model.id),
            slug: model.slug,
            name: model.name,
            description: model.description,
            definition_id: model.workflow_definition_id?,
            version: model.definition_version.and_then(|version| u32::try_from(version).ok()),
            is_active: model.is_active.unwrap_or(false),
            overrides: model.config_overrides.and_then(overriding),
            created_at,
            updated_at: model.updated_at.map_or(created_at, Timestamp::from_offset),
        })
    }
}
