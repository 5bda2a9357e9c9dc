//! The engine's view of the store.

use std::sync::Arc;

use magone_core::execution::Pins;
use magone_core::idempotency::Claim;
use magone_core::ids::{ExecutionId, TenantId, TenantWorkflowId};
use magone_core::ports::{BoxFuture, RunStore, RunWrite, StoreError, StoredRun};
use magone_core::workflow::program::Program;
use sea_orm::FromQueryResult;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query, SelectStatement};
use serde_json::Value;

use crate::entity::execution::{Column, Entity};
use crate::row::damaged;
use crate::store::Store;
use crate::{claims, log, program};

impl RunStore for Store {
    fn commit(&self, write: RunWrite) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.writer().commit(write))
    }

    fn claim<'a>(
        &'a self,
        tenant_id: &TenantId,
        id: &ExecutionId,
        claim: &Claim,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        let (tenant, id, claim) = (tenant_id.clone(), id.clone(), claim.clone());
        Box::pin(async move { claims::keep(self, &tenant, &id, &claim).await })
    }

    fn stored(&self, id: &ExecutionId) -> BoxFuture<'_, Result<Option<StoredRun>, StoreError>> {
        let id = id.clone();
        Box::pin(async move { Ok(read(self, of_run(&id)).await?.pop()) })
    }

    fn unfinished(
        &self,
        after: Option<ExecutionId>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<StoredRun>, StoreError>> {
        Box::pin(async move { read(self, unfinished_query(after.as_ref(), limit)).await })
    }

    fn program(&self, pins: &Pins) -> BoxFuture<'_, Result<Arc<Program>, StoreError>> {
        let pins = pins.clone();
        Box::pin(async move { program::load(self, &pins).await })
    }
}

#[derive(Debug, FromQueryResult)]
struct Row {
    id: String,
    tenant_id: String,
    tenant_workflow_id: Option<String>,
    pins: Value,
    interpreter_version: i32,
    webhook_url: Option<String>,
    temporal_workflow_id: Option<String>,
}

fn runs() -> SelectStatement {
    let mut query = Query::select();
    query
        .columns([Column::Id, Column::TenantId, Column::Pins, Column::InterpreterVersion, Column::WebhookUrl])
        .columns([Column::TenantWorkflowId, Column::TemporalWorkflowId])
        .from(Entity)
        // A row that somebody else made has no versions, and no log to go on with.
        .and_where(Expr::col(Column::Pins).is_not_null());
    query
}

fn of_run(id: &ExecutionId) -> SelectStatement {
    runs().and_where(Expr::col(Column::Id).eq(id.as_str())).take()
}

fn unfinished_query(after: Option<&ExecutionId>, limit: u32) -> SelectStatement {
    let mut query = runs();
    query
        // As in the index over the few unfinished ones among all the others.
        .and_where(Expr::col(Column::CompletedAt).is_null())
        // Temporal makes its own runs go on.
        .and_where(Expr::col(Column::TemporalWorkflowId).is_null())
        .order_by(Column::Id, Order::Asc)
        .limit(u64::from(limit));
    if let Some(after) = after {
        query.and_where(Expr::col(Column::Id).gt(after.as_str()));
    }
    query
}

/// One query for the runs, one for each few hundred of their logs.
async fn read(store: &Store, query: SelectStatement) -> Result<Vec<StoredRun>, StoreError> {
    let rows: Vec<Row> = store.reader().all(query).await?;
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let mut logs = log::of_many(store.reader(), &ids).await?;
    rows.into_iter()
        .map(|row| {
            Ok(StoredRun {
                log: logs.remove(&row.id).unwrap_or_default(),
                execution_id: ExecutionId::from_text(row.id),
                tenant_id: TenantId::from_text(row.tenant_id),
                tenant_workflow_id: TenantWorkflowId::from_text(row.tenant_workflow_id.unwrap_or_default()),
                pins: serde_json::from_value(row.pins).map_err(|_| damaged("list of versions"))?,
                interpreter_version: u32::try_from(row.interpreter_version)
                    .map_err(|_| damaged("version"))?,
                webhook_url: row.webhook_url,
                temporal_workflow_id: row.temporal_workflow_id,
            })
        })
        .collect()
}

#[cfg(test)]
#[path = "run_store_test.rs"]
mod tests;
