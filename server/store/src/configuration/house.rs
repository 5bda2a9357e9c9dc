//! The tenant that runs of the house belong to: those that admins' programs start. No key opens it.

use magone_core::ids::{TenantId, TenantWorkflowId};
use magone_core::ports::StoreError;
use magone_core::tenant::Tenant;
use sea_orm::sea_query::{Expr, ExprTrait, LockType, OnConflict};
use sea_orm::{DatabaseTransaction, EntityTrait, QueryTrait};

use super::Configuration;
use crate::entity::{tenant, tenant_workflow};
use crate::row;

/// Its short name. Nobody else may have it.
pub const HOUSE: &str = "internal";
/// The name of its one workflow, which points at no definition: each run names its own.
const WORKFLOW: &str = "inline";

impl Configuration {
    /// The house's tenant and the workflow that its runs belong to. Both are made where they are
    /// missing; then they get these ids.
    ///
    /// # Errors
    /// What the database says.
    pub async fn house(
        &self,
        tenant: TenantId,
        workflow: TenantWorkflowId,
    ) -> Result<(Tenant, TenantWorkflowId), StoreError> {
        self.store
            .writer()
            .change(move |transaction| Box::pin(async move { make(transaction, &tenant, &workflow).await }))
            .await
    }
}

async fn make(
    transaction: &DatabaseTransaction,
    tenant: &TenantId,
    workflow: &TenantWorkflowId,
) -> Result<(Tenant, TenantWorkflowId), StoreError> {
    use tenant::Column;
    let mut insert = row::insert(
        tenant::Entity,
        [
            (Column::Id, tenant.as_str().into()),
            (Column::Name, "Internal".into()),
            (Column::Slug, HOUSE.into()),
            // No hash of a key looks like this.
            (Column::ApiKeyHash, format!("none:{tenant}").into()),
            (Column::ApiKeyPrefix, "none".into()),
            (Column::RateLimitPerMinute, Option::<i32>::None.into()),
        ],
    )?;
    insert.on_conflict(OnConflict::column(Column::Slug).do_nothing().to_owned());
    row::execute(transaction, &insert).await?;
    let mut query = tenant::Entity::find().into_query();
    query.and_where(Expr::col(Column::Slug).eq(HOUSE)).lock(LockType::Update);
    let model: Option<tenant::Model> = row::one(transaction, &query).await?;
    let house = model.map(Tenant::from).ok_or_else(missing)?;
    Ok((house.clone(), its_workflow(transaction, &house.id, workflow).await?))
}

async fn its_workflow(
    transaction: &DatabaseTransaction,
    house: &TenantId,
    workflow: &TenantWorkflowId,
) -> Result<TenantWorkflowId, StoreError> {
    use tenant_workflow::Column;
    let mut insert = row::insert(
        tenant_workflow::Entity,
        [
            (Column::Id, workflow.as_str().into()),
            (Column::TenantId, house.as_str().into()),
            (Column::Slug, WORKFLOW.into()),
        ],
    )?;
    insert.on_conflict(OnConflict::columns([Column::TenantId, Column::Slug]).do_nothing().to_owned());
    row::execute(transaction, &insert).await?;
    let mut query = tenant_workflow::Entity::find().into_query();
    query
        .and_where(Expr::col(Column::TenantId).eq(house.as_str()))
        .and_where(Expr::col(Column::Slug).eq(WORKFLOW));
    let model: Option<tenant_workflow::Model> = row::one(transaction, &query).await?;
    Ok(TenantWorkflowId::from_text(model.ok_or_else(missing)?.id))
}

fn missing() -> StoreError {
    StoreError::Internal("the house's tenant was written and is not there".to_owned())
}
