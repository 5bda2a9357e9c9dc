//! Taking away what a tenant keeps no longer. What has not ended is never touched.

use magone_core::ids::{ExecutionId, TenantId};
use magone_core::ports::StoreError;
use magone_core::time::Timestamp;
use sea_orm::DatabaseTransaction;
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, Order, Query, SelectStatement};

use super::batch;
use crate::dialect::Dialect;
use crate::entity::{api_key, delivery, execution, execution_event, tenant};
use crate::store::Store;
use crate::webhooks::DeliveryStatus;

/// What is kept for a time of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retained {
    /// Runs with everything that they left: input, result, log, deliveries.
    Results,
    /// Their logs.
    Events,
    /// Deliveries of webhooks.
    Deliveries,
}

impl Retained {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Results, Self::Events, Self::Deliveries];
}

/// The door to what is old.
#[derive(Clone, Debug)]
pub struct Retention {
    store: Store,
}

impl Retention {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Removes a batch of what ended before `before`; how many rows that were. With 0, nothing is left.
    ///
    /// # Errors
    /// What the database says.
    pub async fn remove_some(
        &self,
        tenant: &TenantId,
        what: Retained,
        before: Timestamp,
    ) -> Result<u64, StoreError> {
        let (tenant, dialect) = (tenant.clone(), self.store.dialect());
        self.store
            .writer()
            .change(move |transaction| {
                Box::pin(async move { remove(transaction, dialect, &tenant, what, before).await })
            })
            .await
    }

    /// Removes a batch of keys that were revoked before `before`; how many that were. A key that stands
    /// in its tenant's own row as well stays: the lookup would find it there.
    ///
    /// # Errors
    /// What the database says.
    pub async fn remove_dead_keys(&self, before: Timestamp) -> Result<u64, StoreError> {
        let dialect = self.store.dialect();
        let firsts = Query::select().column(tenant::Column::ApiKeyHash).from(tenant::Entity).take();
        let dead = Condition::all()
            .add(Expr::col(api_key::Column::RevokedAt).lt(before.millis()))
            .add(Expr::col(api_key::Column::KeyHash).not_in_subquery(firsts));
        self.store
            .writer()
            .change(move |transaction| {
                Box::pin(async move { batch::delete(transaction, dialect, "api_keys", dead).await })
            })
            .await
    }
}

async fn remove(
    transaction: &DatabaseTransaction,
    dialect: Dialect,
    tenant: &TenantId,
    what: Retained,
    before: Timestamp,
) -> Result<u64, StoreError> {
    match what {
        Retained::Results => {
            let done = batch::delete_runs(transaction, dialect, ended(dialect, tenant, before)).await?;
            Ok(done.runs + done.events)
        }
        Retained::Events => {
            let of_old = Expr::col(execution_event::Column::ExecutionId)
                .in_subquery(with_logs(ended(dialect, tenant, before)));
            batch::delete(transaction, dialect, "execution_events", Condition::all().add(of_old)).await
        }
        Retained::Deliveries => {
            let old = Condition::all()
                .add(Expr::col(delivery::Column::TenantId).eq(tenant.as_str()))
                .add(Expr::col(delivery::Column::Status).ne(DeliveryStatus::Pending.as_str()))
                .add(Expr::col(delivery::Column::CreatedAt).lt(before.millis()));
            batch::delete(transaction, dialect, "webhook_deliveries", old).await
        }
    }
}

/// Ids of runs that ended before, oldest first. A child stays as long as its parent goes on: after a
/// crash it is asked for once more.
fn ended(dialect: Dialect, tenant: &TenantId, before: Timestamp) -> SelectStatement {
    use execution::Column;
    let parents = Alias::new("parents");
    let of_parent = |column: Column| Expr::col((parents.clone(), column));
    let parent_goes_on = Query::select()
        .expr(Expr::val(1))
        .from_as(execution::Entity, parents.clone())
        .and_where(of_parent(Column::Id).equals((execution::Entity, Column::ParentExecutionId)))
        .and_where(of_parent(Column::CompletedAt).is_null())
        .take();
    // What is still to be told is not forgotten.
    let telling = Query::select()
        .expr(Expr::val(1))
        .from(delivery::Entity)
        .and_where(
            Expr::col((delivery::Entity, delivery::Column::ExecutionId))
                .equals((execution::Entity, Column::Id)),
        )
        .and_where(
            Expr::col((delivery::Entity, delivery::Column::Status)).eq(DeliveryStatus::Pending.as_str()),
        )
        .take();
    let own = |column: Column| Expr::col((execution::Entity, column));
    Query::select()
        .column((execution::Entity, Column::Id))
        .from(execution::Entity)
        .and_where(own(Column::TenantId).eq(tenant.as_str()))
        // Ids begin with their time: only those from before are looked at.
        .and_where(own(Column::Id).lt(ExecutionId::lower_bound(before).as_str()))
        .and_where(own(Column::CompletedAt).lt(dialect.time(Some(before))))
        .and_where(Expr::exists(parent_goes_on).not())
        .and_where(Expr::exists(telling).not())
        .order_by((execution::Entity, Column::Id), Order::Asc)
        .take()
}

/// A batch of those whose logs are still there.
fn with_logs(mut ended: SelectStatement) -> SelectStatement {
    let log = Query::select()
        .expr(Expr::val(1))
        .from(execution_event::Entity)
        .and_where(
            Expr::col((execution_event::Entity, execution_event::Column::ExecutionId))
                .equals((execution::Entity, execution::Column::Id)),
        )
        .take();
    ended.and_where(Expr::exists(log)).limit(batch::RUNS).take()
}
