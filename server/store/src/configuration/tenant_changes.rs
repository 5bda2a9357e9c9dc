//! Changes of a tenant, read and written in one transaction, so that two at once both count.

use magone_core::ids::TenantId;
use magone_core::ports::StoreError;
use magone_core::tenant::Tenant;
use magone_core::time::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, LockType, Order, Query};
use sea_orm::{DatabaseTransaction, EntityTrait, FromQueryResult, QueryTrait};
use serde_json::{Map, Value};

use super::{Configuration, deletion};
use crate::dialect::Dialect;
use crate::entity::execution;
use crate::entity::tenant::{Column, Entity, Model};
use crate::row;

/// Runs that are looked at before a tenant is deleted; of more it is not told how many.
const RUNS_LOOKED_AT: u64 = 1_000;

/// What is to be different about a tenant; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TenantPatch {
    /// What people call it.
    pub name: Option<String>,
    /// Starts of runs per minute; `Some(None)`: no limit.
    pub rate_limit_per_minute: Option<Option<u32>>,
    /// Settings to be set; null takes one away (RFC 7396).
    pub settings: Map<String, Value>,
}

#[derive(Debug, FromQueryResult)]
struct Run {
    id: String,
}

impl Configuration {
    /// Changes a tenant; as it was, and as it is.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is none of that id, or it is deleted.
    pub async fn update_tenant(
        &self,
        id: &TenantId,
        patch: TenantPatch,
        at: Timestamp,
    ) -> Result<(Tenant, Tenant), StoreError> {
        let (id, dialect) = (id.clone(), self.store.dialect());
        self.store
            .writer()
            .change(move |transaction| {
                Box::pin(async move { update(transaction, &id, &patch, at, dialect).await })
            })
            .await
    }

    /// Deletes a tenant: its keys open nothing any more, its rows stay until they are erased.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Conflict`] naming its runs that have not ended.
    pub async fn delete_tenant(&self, id: &TenantId, at: Timestamp) -> Result<(), StoreError> {
        let (id, dialect) = (id.clone(), self.store.dialect());
        self.store
            .writer()
            .change(move |transaction| Box::pin(async move { delete(transaction, &id, at, dialect).await }))
            .await
    }
}

async fn living(transaction: &DatabaseTransaction, id: &TenantId) -> Result<Tenant, StoreError> {
    let mut query = Entity::find_by_id(id.as_str()).into_query();
    query.and_where(Expr::col(Column::DeletedAt).is_null()).lock(LockType::Update);
    let model: Option<Model> = row::one(transaction, &query).await?;
    model.map(Tenant::from).ok_or_else(|| StoreError::NotFound(format!("tenant {id}")))
}

async fn update(
    transaction: &DatabaseTransaction,
    id: &TenantId,
    patch: &TenantPatch,
    at: Timestamp,
    dialect: Dialect,
) -> Result<(Tenant, Tenant), StoreError> {
    let before = living(transaction, id).await?;
    let mut after = before.clone();
    if let Some(name) = &patch.name {
        after.name.clone_from(name);
    }
    if let Some(limit) = patch.rate_limit_per_minute {
        after.rate_limit_per_minute = limit;
    }
    after.settings = merged(before.settings.clone(), &patch.settings);
    let limit = after.rate_limit_per_minute.map(|limit| i32::try_from(limit).unwrap_or(i32::MAX));
    let mut write = Query::update();
    write
        .table(Entity)
        .value(Column::Name, after.name.as_str())
        .value(Column::RateLimitPerMinute, limit)
        .value(Column::Settings, dialect.json(Some(&after.settings))?)
        .value(Column::UpdatedAt, dialect.time(Some(at)))
        .and_where(Expr::col(Column::Id).eq(id.as_str()));
    row::execute(transaction, &write).await?;
    Ok((before, after))
}

fn merged(settings: Value, patch: &Map<String, Value>) -> Value {
    let mut settings = match settings {
        Value::Object(settings) => settings,
        _ => Map::new(),
    };
    for (name, value) in patch {
        match value {
            Value::Null => settings.remove(name),
            value => settings.insert(name.clone(), value.clone()),
        };
    }
    Value::Object(settings)
}

async fn delete(
    transaction: &DatabaseTransaction,
    id: &TenantId,
    at: Timestamp,
    dialect: Dialect,
) -> Result<(), StoreError> {
    let tenant = living(transaction, id).await?;
    let open = Query::select()
        .column(execution::Column::Id)
        .from(execution::Entity)
        .and_where(Expr::col(execution::Column::CompletedAt).is_null())
        .and_where(Expr::col(execution::Column::TenantId).eq(id.as_str()))
        .order_by(execution::Column::Id, Order::Asc)
        .limit(RUNS_LOOKED_AT)
        .take();
    let open: Vec<Run> = row::all(transaction, &open).await?;
    deletion::refuse(&tenant.slug, open.iter().map(|run| format!("execution '{}' has not ended", run.id)))?;
    let mut write = Query::update();
    write
        .table(Entity)
        .value(Column::DeletedAt, dialect.time(Some(at)))
        .value(Column::UpdatedAt, dialect.time(Some(at)))
        .and_where(Expr::col(Column::Id).eq(id.as_str()));
    row::execute(transaction, &write).await.map(|_| ())
}
