//! The two doors to runs: a tenant's own, and everybody's for administrators.

use magone_core::execution::Event;
use magone_core::ids::{ExecutionId, TenantId};
use magone_core::ports::StoreError;
use magone_core::tenant::Tenant;
use sea_orm::sea_query::{Expr, ExprTrait, Order};
use sea_orm::{EntityTrait, QueryTrait};

use crate::claims::{self, ClaimedKey};
use crate::configuration::TenantWorkflow;
use crate::entity::{execution, tenant, tenant_workflow};
use crate::execution::{self as runs, AdminFilter, ExecutionFilter, ExecutionRow, Page, Results};
use crate::log;
use crate::reader::Reader;
use crate::store::Store;

/// What one tenant may see. Every query here names the tenant, so another tenant's id finds
/// nothing; and there is no other way to a tenant's rows but the administrators'.
#[derive(Clone, Debug)]
pub struct TenantScope {
    pub(crate) store: Store,
    pub(crate) tenant: TenantId,
}

impl TenantScope {
    pub(crate) fn new(store: Store, tenant: TenantId) -> Self {
        Self { store, tenant }
    }

    pub(crate) fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    pub(crate) fn reader(&self) -> &Reader {
        self.store.reader()
    }

    /// Its workflows by slug, inactive ones included. One that points at no definition is left
    /// out: it cannot run.
    ///
    /// # Errors
    /// What the database says; so for every function here.
    pub async fn workflows(&self) -> Result<Vec<TenantWorkflow>, StoreError> {
        let mut query = self.own_workflows();
        query.order_by(tenant_workflow::Column::Slug, Order::Asc);
        let models: Vec<tenant_workflow::Model> = self.store.reader().all(query).await?;
        Ok(models.into_iter().filter_map(TenantWorkflow::from_model).collect())
    }

    /// One of its workflows, inactive or not.
    ///
    /// # Errors
    /// As above.
    pub async fn workflow(&self, slug: &str) -> Result<Option<TenantWorkflow>, StoreError> {
        let mut query = self.own_workflows();
        query.and_where(Expr::col(tenant_workflow::Column::Slug).eq(slug));
        let model: Option<tenant_workflow::Model> = self.store.reader().one(query).await?;
        Ok(model.and_then(TenantWorkflow::from_model))
    }

    /// One of its runs.
    ///
    /// # Errors
    /// As above.
    pub async fn execution(&self, id: &ExecutionId) -> Result<Option<ExecutionRow>, StoreError> {
        let mut query = execution::Entity::find_by_id(id.as_str()).into_query();
        query.and_where(Expr::col(execution::Column::TenantId).eq(self.tenant.as_str()));
        let model: Option<execution::Model> = self.store.reader().one(query).await?;
        model.map(ExecutionRow::try_from).transpose()
    }

    /// Its runs, newest first, without inputs and results. `cursor` is the `next_cursor` of the
    /// page before; `limit` is at most 1,000.
    ///
    /// # Errors
    /// As above.
    pub async fn executions(
        &self,
        filter: &ExecutionFilter,
        cursor: Option<ExecutionId>,
        limit: u32,
    ) -> Result<Page<ExecutionRow>, StoreError> {
        let filter = self.own(filter);
        runs::page(self.store.reader(), &filter, cursor.as_ref(), limit, Results::Without).await
    }

    /// As [`Self::executions`], with the results.
    ///
    /// # Errors
    /// As above.
    pub async fn executions_with_results(
        &self,
        filter: &ExecutionFilter,
        cursor: Option<ExecutionId>,
        limit: u32,
    ) -> Result<Page<ExecutionRow>, StoreError> {
        let filter = self.own(filter);
        runs::page(self.store.reader(), &filter, cursor.as_ref(), limit, Results::With).await
    }

    /// Events of one of its runs after `after_seq`, at most `limit`; none where the run is not its
    /// own.
    ///
    /// # Errors
    /// As above.
    pub async fn events(
        &self,
        id: &ExecutionId,
        after_seq: u64,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        log::events(self.store.reader(), Some(&self.tenant), id, after_seq, limit).await
    }

    /// The whole log of one of its runs; empty where the run is not its own.
    ///
    /// # Errors
    /// As above.
    pub async fn log(&self, id: &ExecutionId) -> Result<Vec<Event>, StoreError> {
        log::whole(self.store.reader(), Some(&self.tenant), id).await
    }

    /// The run that an idempotency key of the tenant stands for.
    ///
    /// # Errors
    /// As above.
    pub async fn claimed(&self, key: &str) -> Result<Option<ClaimedKey>, StoreError> {
        claims::find(self.store.reader(), &self.tenant, key).await
    }

    fn own(&self, filter: &ExecutionFilter) -> AdminFilter {
        AdminFilter {
            tenant: Some(self.tenant.clone()),
            workflow: filter.workflow.clone(),
            within: filter.within.clone(),
            statuses: filter.status.into_iter().collect(),
            state: None,
            session_id: filter.session_id.clone(),
            created_after: filter.created_after,
            text: None,
        }
    }

    fn own_workflows(&self) -> sea_orm::sea_query::SelectStatement {
        let mut query = tenant_workflow::Entity::find().into_query();
        query.and_where(Expr::col(tenant_workflow::Column::TenantId).eq(self.tenant.as_str()));
        query
    }
}

/// Runs of all tenants. Whoever holds it decided that the caller may see them.
#[derive(Clone, Debug)]
pub struct AdminScope {
    store: Store,
}

impl AdminScope {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    pub(crate) fn reader(&self) -> &Reader {
        self.store.reader()
    }

    /// Runs, newest first, without inputs and results. `cursor` is the `next_cursor` of the page
    /// before; `limit` is at most 1,000.
    ///
    /// # Errors
    /// What the database says; so for every function here.
    pub async fn executions(
        &self,
        filter: &AdminFilter,
        cursor: Option<ExecutionId>,
        limit: u32,
    ) -> Result<Page<ExecutionRow>, StoreError> {
        runs::page(self.store.reader(), filter, cursor.as_ref(), limit, Results::Without).await
    }

    /// A run with its tenant.
    ///
    /// # Errors
    /// As above.
    pub async fn execution(&self, id: &ExecutionId) -> Result<Option<(Tenant, ExecutionRow)>, StoreError> {
        let run = execution::Entity::find_by_id(id.as_str()).into_query();
        let run: Option<execution::Model> = self.store.reader().one(run).await?;
        let Some(run) = run.map(ExecutionRow::try_from).transpose()? else {
            return Ok(None);
        };
        // A deleted tenant's runs stay visible here until they are erased.
        let tenant = tenant::Entity::find_by_id(run.tenant_id.as_str()).into_query();
        let tenant: Option<tenant::Model> = self.store.reader().one(tenant).await?;
        Ok(tenant.map(|tenant| (tenant.into(), run)))
    }

    /// Events of a run after `after_seq`, at most `limit`.
    ///
    /// # Errors
    /// As above.
    pub async fn events(
        &self,
        id: &ExecutionId,
        after_seq: u64,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        log::events(self.store.reader(), None, id, after_seq, limit).await
    }

    /// The whole log of a run.
    ///
    /// # Errors
    /// As above.
    pub async fn log(&self, id: &ExecutionId) -> Result<Vec<Event>, StoreError> {
        log::whole(self.store.reader(), None, id).await
    }
}

#[cfg(test)]
#[path = "scope_test.rs"]
mod tests;
