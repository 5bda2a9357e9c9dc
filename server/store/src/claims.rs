//! Idempotency keys: which run each stands for, and how long it is kept.

use magone_core::idempotency::Claim;
use magone_core::ids::{ExecutionId, TenantId};
use magone_core::ports::StoreError;
use magone_core::time::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, IntoCondition, OnConflict, Order, Query, SelectStatement};
use sea_orm::{EntityTrait, FromQueryResult, QueryTrait, prelude::TimeDateTimeWithTimeZone};

use crate::entity::execution;
use crate::entity::idempotency_key::{Column, Entity, Model};
use crate::reader::Reader;
use crate::store::Store;
use crate::{clock, row};

/// A key is kept until the later of so long after its first use and so long after its run's end, in
/// milliseconds: 24 hours.
const KEPT: i64 = 86_400_000;
/// Keys that one transaction takes away.
const BATCH: u32 = 500;

/// What a key stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedKey {
    /// The run. Its row may come later, or be gone.
    pub execution_id: ExecutionId,
    /// What it was asked for with.
    pub fingerprint: String,
}

/// What the tenant's key stands for; `None` where it was never used, or is forgotten.
pub(crate) async fn find(
    reader: &Reader,
    tenant: &TenantId,
    key: &str,
) -> Result<Option<ClaimedKey>, StoreError> {
    let mut query = Entity::find().into_query();
    query
        .and_where(Expr::col(Column::TenantId).eq(tenant.as_str()))
        .and_where(Expr::col(Column::Key).eq(key));
    let row: Option<Model> = reader.one(query).await?;
    Ok(row.map(|row| ClaimedKey {
        execution_id: ExecutionId::from_text(row.execution_id),
        fingerprint: row.fingerprint,
    }))
}

/// A key stays whose it is: a second run gets no row.
pub(crate) fn whose_it_is() -> OnConflict {
    let same = Expr::col((Entity, Column::ExecutionId)).eq(Expr::col(("excluded", Column::ExecutionId)));
    let mut conflict = OnConflict::columns([Column::TenantId, Column::Key]);
    conflict.update_column(Column::Fingerprint).action_cond_where(same.into_condition()).to_owned()
}

/// Keeps a key for a run whose row comes later.
pub(crate) async fn keep(
    store: &Store,
    tenant: &TenantId,
    id: &ExecutionId,
    claim: &Claim,
) -> Result<(), StoreError> {
    let columns = [
        (Column::TenantId, tenant.as_str().to_owned().into()),
        (Column::Key, claim.key.clone().into()),
        (Column::Fingerprint, claim.fingerprint.clone().into()),
        (Column::ExecutionId, id.as_str().to_owned().into()),
        (Column::CreatedAt, clock::now().millis().into()),
    ];
    let insert = row::insert(Entity, columns)?.on_conflict(whose_it_is()).to_owned();
    match store.writer().execute(insert).await? {
        0 => Err(taken()),
        _ => Ok(()),
    }
}

/// Another run has the key.
pub(crate) fn taken() -> StoreError {
    StoreError::Conflict("another run has the idempotency key".to_owned())
}

#[derive(Debug, FromQueryResult)]
struct Aged {
    tenant_id: String,
    key: String,
    execution_id: String,
    created_at: i64,
    /// Of the run, where it has a row.
    id: Option<String>,
    completed_at: Option<TimeDateTimeWithTimeZone>,
}

impl Aged {
    fn is_over(&self, now: Timestamp) -> bool {
        let ended = self.completed_at.map(|at| Timestamp::from_offset(at).millis());
        match (&self.id, ended) {
            (Some(_), None) => false,
            (_, ended) => ended.unwrap_or(i64::MIN).saturating_add(KEPT) <= now.millis(),
        }
    }
}

/// Forgets the keys whose time is over; how many there were. One short transaction after the other:
/// nobody waits for long.
pub(crate) async fn purge(store: &Store, now: Timestamp) -> Result<u64, StoreError> {
    let (mut after, mut gone) = (None, 0);
    loop {
        let page: Vec<Aged> = store.reader().all(aged(now, after.as_ref())).await?;
        let Some(last) = page.last() else { return Ok(gone) };
        after = Some((last.created_at, last.execution_id.clone()));
        let over: Vec<_> =
            page.into_iter().filter(|key| key.is_over(now)).map(|key| (key.tenant_id, key.key)).collect();
        if !over.is_empty() {
            let mut delete = Query::delete();
            delete.from_table(Entity).and_where(
                Expr::tuple([Expr::col(Column::TenantId), Expr::col(Column::Key)]).in_tuples(over),
            );
            gone += store.writer().execute(delete).await?;
        }
    }
}

/// Keys that are old enough, in the order of their age, with what is known of their runs.
fn aged(now: Timestamp, after: Option<&(i64, String)>) -> SelectStatement {
    use execution::Column as Run;
    let mut query = Query::select();
    query
        .columns([Column::TenantId, Column::Key, Column::ExecutionId, Column::CreatedAt].map(|c| (Entity, c)))
        .columns([Run::Id, Run::CompletedAt].map(|column| (execution::Entity, column)))
        .from(Entity)
        .left_join(
            execution::Entity,
            Expr::col((execution::Entity, Run::Id)).equals((Entity, Column::ExecutionId)),
        )
        .and_where(Expr::col((Entity, Column::CreatedAt)).lte(now.millis().saturating_sub(KEPT)))
        .order_by((Entity, Column::CreatedAt), Order::Asc)
        .order_by((Entity, Column::ExecutionId), Order::Asc)
        .limit(u64::from(BATCH));
    if let Some((created_at, execution_id)) = after {
        let place = [Column::CreatedAt, Column::ExecutionId].map(|column| Expr::col((Entity, column)));
        let after = [Expr::val(*created_at), Expr::val(execution_id.clone())];
        query.and_where(Expr::tuple(place).gt(Expr::tuple(after)));
    }
    query
}

#[cfg(test)]
#[path = "claims_test.rs"]
mod tests;
