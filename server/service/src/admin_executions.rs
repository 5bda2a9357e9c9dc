//! What admins see of everybody's runs.

use std::sync::Arc;

use magone_core::execution::{Event, ExecutionView};
use magone_core::ids::ExecutionId;
use magone_core::json::Json;
use magone_core::tenant::Tenant;
use magone_store::AdminFilter;

use crate::audit::Change;
use crate::executions::{EVENTS_MOST, PAGE_MOST, not_found};
use crate::{AdminCaller, Permission, ServiceError, Services};

/// One row of the list.
#[derive(Clone, Debug)]
pub struct AdminExecutionRow {
    /// The run's tenant.
    pub tenant: Arc<Tenant>,
    /// The projection.
    pub view: ExecutionView,
}

/// A page of the list, newest first.
#[derive(Clone, Debug)]
pub struct AdminExecutionPage {
    /// The rows.
    pub rows: Vec<AdminExecutionRow>,
    /// Where the next page begins; `None`: this was the last.
    pub next_cursor: Option<ExecutionId>,
}

/// One run.
#[derive(Clone, Debug)]
pub struct AdminExecution {
    /// The run's tenant.
    pub tenant: Tenant,
    /// The projection.
    pub view: ExecutionView,
    /// What the run was given: `{"user_input", "context"}`.
    pub input: Json,
}

impl Services {
    /// Runs of all tenants, newest first.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], or what the store says.
    pub async fn all_executions(
        &self,
        caller: &AdminCaller,
        filter: &AdminFilter,
        cursor: Option<ExecutionId>,
        limit: u32,
    ) -> Result<AdminExecutionPage, ServiceError> {
        caller.require(Permission::ReadExecutions)?;
        let page = self.store.all_tenants().executions(filter, cursor, limit.clamp(1, PAGE_MOST)).await?;
        let mut rows = Vec::with_capacity(page.items.len());
        for row in page.items {
            let tenant = self.catalog.tenant(&row.tenant_id).await?;
            rows.push(AdminExecutionRow { tenant, view: self.current(row).await? });
        }
        Ok(AdminExecutionPage { rows, next_cursor: page.next_cursor })
    }

    /// One run of any tenant.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] or [`ServiceError::NotFound`].
    pub async fn any_execution(
        &self,
        caller: &AdminCaller,
        id: &ExecutionId,
    ) -> Result<AdminExecution, ServiceError> {
        caller.require(Permission::ReadExecutions)?;
        self.anybodys_execution(id).await
    }

    /// The same, for callers whose permission was checked already.
    pub(crate) async fn anybodys_execution(&self, id: &ExecutionId) -> Result<AdminExecution, ServiceError> {
        let found = self.store.all_tenants().execution(id).await?;
        let (tenant, row) = found.ok_or_else(|| not_found(id))?;
        let input = row.input.clone();
        Ok(AdminExecution { tenant, view: self.current(row).await?, input })
    }

    /// A page of any run's log.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], or what the store says.
    pub async fn any_events(
        &self,
        caller: &AdminCaller,
        id: &ExecutionId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Event>, ServiceError> {
        caller.require(Permission::ReadExecutions)?;
        Ok(self.store.all_tenants().events(id, after, limit.clamp(1, EVENTS_MOST)).await?)
    }

    /// Stops any run.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], [`ServiceError::NotFound`], [`ServiceError::Conflict`].
    pub async fn cancel_any(
        &self,
        caller: &AdminCaller,
        id: &ExecutionId,
        reason: Option<String>,
    ) -> Result<(), ServiceError> {
        caller.require(Permission::SteerExecutions)?;
        let execution = self.any_execution(caller, id).await?;
        self.cancel_run(&execution.view, reason.clone()).await?;
        let after = serde_json::json!({"reason": reason});
        self.note(caller, Change::new("execution.cancelled", ("execution", id.as_str())).to(after)).await
    }
}
