//! Taking documents out of the lists. Their versions stay, because runs are pinned to them; and
//! what is in use is not taken away, but named.

use std::collections::BTreeSet;

use magone_core::agent::Agent;
use magone_core::ports::StoreError;
use magone_core::time::Timestamp;
use magone_core::workflow::Definition;
use magone_core::workflow::program::Program;
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, Order, Query, SelectStatement};
use sea_orm::{DatabaseTransaction, FromQueryResult};
use serde_json::Value;

use super::versions::{self, Versioned};
use crate::entity::{tenant, tenant_workflow};
use crate::row;

/// Users of a thing that are named; of more only the number is told.
const NAMED: usize = 5;

#[derive(Debug, FromQueryResult)]
pub(super) struct Assigned {
    pub tenant: String,
    pub slug: String,
    definition: String,
    pub version: Option<i32>,
    pub overrides: Option<Value>,
}

impl Assigned {
    /// Whether the tenant has this agent in the place of the entry step's.
    fn enters_with(&self, agent: &str) -> bool {
        let entry = self.overrides.as_ref().and_then(|overrides| overrides.get("entry_agent_id"));
        entry.and_then(Value::as_str) == Some(agent)
    }
}

/// What keeps a document of this kind from being deleted.
pub trait Used {
    /// Who uses it, each as a short sentence.
    fn users(
        transaction: &DatabaseTransaction,
        id: &str,
    ) -> impl Future<Output = Result<Vec<String>, StoreError>> + Send;
}

impl Used for Definition {
    async fn users(transaction: &DatabaseTransaction, id: &str) -> Result<Vec<String>, StoreError> {
        let assigned = row::all::<Assigned>(transaction, &assignments_of(id)).await?;
        let tenants = assigned.iter().map(|by| format!("tenant '{}' runs it as '{}'", by.tenant, by.slug));
        let parents =
            definitions_that(transaction, |definition| Program::workflows_named(definition).contains(id));
        let parents = parents.await?;
        let parents = parents.iter().map(|by| format!("workflow definition '{by}' runs it"));
        Ok(tenants.chain(parents).collect())
    }
}

impl Used for Agent {
    async fn users(transaction: &DatabaseTransaction, id: &str) -> Result<Vec<String>, StoreError> {
        let definitions =
            definitions_that(transaction, |definition| Program::agents_named(definition).contains(id))
                .await?;
        let definitions = definitions.iter().map(|by| format!("workflow definition '{by}' names it"));
        let assigned = row::all::<Assigned>(transaction, &assignments()).await?;
        let entering = assigned.iter().filter(|by| by.enters_with(id));
        let tenants = entering.map(|by| format!("tenant '{}' begins '{}' with it", by.tenant, by.slug));
        Ok(definitions.chain(tenants).collect())
    }
}

pub(super) async fn delete<D: Versioned>(
    transaction: &DatabaseTransaction,
    id: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    versions::lock::<D>(transaction, id).await?;
    refuse(id, D::users(transaction, id).await?.into_iter())?;
    versions::hide::<D>(transaction, id, at).await
}

/// Definitions that do it in their latest version or in one that a tenant is pinned to.
async fn definitions_that(
    transaction: &DatabaseTransaction,
    it: impl Fn(&Definition) -> bool + Send + Sync,
) -> Result<BTreeSet<String>, StoreError> {
    let mut wanted = versions::latest::<Definition>(transaction).await?;
    let assigned = row::all::<Assigned>(transaction, &assignments()).await?;
    wanted.extend(assigned.into_iter().filter_map(|by| Some((by.definition, by.version?))));
    let mut users = BTreeSet::new();
    // A few at a time: a statement has a limited number of parameters.
    for some in wanted.chunks(100) {
        for definition in versions::read::<Definition>(transaction, some).await? {
            if it(&definition) {
                users.insert(definition.id().to_owned());
            }
        }
    }
    Ok(users)
}

/// Who may run a definition.
pub(super) fn assignments_of(definition: &str) -> SelectStatement {
    let is_of = tenant_workflow_column(tenant_workflow::Column::WorkflowDefinitionId).eq(definition);
    assignments().and_where(is_of).take()
}

/// What living tenants may run.
fn assignments() -> SelectStatement {
    use tenant_workflow::Column;
    let of_tenant = |column: tenant::Column| Expr::col((tenant::Entity, column));
    Query::select()
        .expr_as(of_tenant(tenant::Column::Slug), "tenant")
        .expr_as(tenant_workflow_column(Column::Slug), "slug")
        .expr_as(tenant_workflow_column(Column::WorkflowDefinitionId), "definition")
        .expr_as(tenant_workflow_column(Column::DefinitionVersion), "version")
        .expr_as(tenant_workflow_column(Column::ConfigOverrides), "overrides")
        .from(tenant_workflow::Entity)
        .join(
            JoinType::InnerJoin,
            tenant::Entity,
            of_tenant(tenant::Column::Id).equals((tenant_workflow::Entity, Column::TenantId)),
        )
        .and_where(of_tenant(tenant::Column::DeletedAt).is_null())
        .and_where(tenant_workflow_column(Column::IsActive).eq(true))
        .and_where(tenant_workflow_column(Column::WorkflowDefinitionId).is_not_null())
        .order_by((tenant::Entity, tenant::Column::Slug), Order::Asc)
        .order_by((tenant_workflow::Entity, Column::Slug), Order::Asc)
        .take()
}

fn tenant_workflow_column(column: tenant_workflow::Column) -> Expr {
    Expr::col((tenant_workflow::Entity, column))
}

/// A conflict that names the users, where there are any.
pub(super) fn refuse(id: &str, users: impl Iterator<Item = String>) -> Result<(), StoreError> {
    let users: Vec<_> = users.collect();
    if users.is_empty() {
        return Ok(());
    }
    let more = match users.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let named = users.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    Err(StoreError::Conflict(format!("'{id}' is in use: {named}{more}")))
}
