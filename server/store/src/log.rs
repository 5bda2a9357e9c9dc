//! Reading logs: rows are commits, callers want events.

use std::collections::BTreeMap;

use magone_core::execution::Event;
use magone_core::ids::{ExecutionId, TenantId};
use magone_core::ports::StoreError;
use sea_orm::sea_query::{Expr, ExprTrait, Func, Order, Query, SelectStatement};
use sea_orm::{EntityTrait, QueryTrait};

use crate::entity::execution;
use crate::entity::execution_event::{Column, Entity, Model};
use crate::reader::Reader;
use crate::row::damaged;

/// Runs whose logs are fetched by one query.
const RUNS_AT_ONCE: usize = 500;

/// Events after `after_seq`, at most `limit`. With a tenant, only where the run is that tenant's.
pub(crate) async fn events(
    reader: &Reader,
    tenant: Option<&TenantId>,
    id: &ExecutionId,
    after_seq: u64,
    limit: u32,
) -> Result<Vec<Event>, StoreError> {
    let rows: Vec<Model> = reader.all(events_query(tenant, id, after_seq, limit)).await?;
    let mut events = Vec::new();
    for row in &rows {
        events.extend(decode(row)?.into_iter().filter(|event| event.seq > after_seq));
    }
    events.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(events)
}

/// The commits that hold those events.
pub(crate) fn events_query(
    tenant: Option<&TenantId>,
    id: &ExecutionId,
    after_seq: u64,
    limit: u32,
) -> SelectStatement {
    let next = i64::try_from(after_seq).unwrap_or(i64::MAX).saturating_add(1);
    let mut query = of_run(id, tenant);
    // The row that holds the next event may begin before it.
    let begins = Query::select()
        .expr(Func::max(Expr::col(Column::FirstSeq)))
        .from(Entity)
        .and_where(Expr::col(Column::ExecutionId).eq(id.as_str()))
        .and_where(Expr::col(Column::FirstSeq).lte(next))
        .take();
    let begins = Func::coalesce([Expr::SubQuery(None, Box::new(begins.into())), Expr::Constant(0.into())]);
    query.and_where(Expr::col((Entity, Column::FirstSeq)).gte(begins)).limit(u64::from(limit));
    query
}

/// The whole log of one run.
pub(crate) async fn whole(
    reader: &Reader,
    tenant: Option<&TenantId>,
    id: &ExecutionId,
) -> Result<Vec<Event>, StoreError> {
    let rows: Vec<Model> = reader.all(of_run(id, tenant)).await?;
    let mut log = Vec::new();
    for row in &rows {
        log.extend(decode(row)?);
    }
    Ok(log)
}

/// The whole logs of many runs, by id.
pub(crate) async fn of_many(
    reader: &Reader,
    ids: &[String],
) -> Result<BTreeMap<String, Vec<Event>>, StoreError> {
    let mut logs = BTreeMap::<String, Vec<Event>>::new();
    for some in ids.chunks(RUNS_AT_ONCE) {
        let mut query = Entity::find().into_query();
        query
            .and_where(Expr::col(Column::ExecutionId).is_in(some))
            .order_by(Column::ExecutionId, Order::Asc)
            .order_by(Column::FirstSeq, Order::Asc);
        let rows: Vec<Model> = reader.all(query).await?;
        for row in rows {
            let events = decode(&row)?;
            logs.entry(row.execution_id).or_default().extend(events);
        }
    }
    Ok(logs)
}

fn of_run(id: &ExecutionId, tenant: Option<&TenantId>) -> SelectStatement {
    let mut query = Entity::find().into_query();
    query
        .and_where(Expr::col((Entity, Column::ExecutionId)).eq(id.as_str()))
        .order_by((Entity, Column::FirstSeq), Order::Asc);
    if let Some(tenant) = tenant {
        let run = Query::select()
            .expr(Expr::val(1))
            .from(execution::Entity)
            .and_where(Expr::col(execution::Column::Id).eq(id.as_str()))
            .and_where(Expr::col(execution::Column::TenantId).eq(tenant.as_str()))
            .take();
        query.and_where(Expr::exists(run));
    }
    query
}

fn decode(row: &Model) -> Result<Vec<Event>, StoreError> {
    serde_json::from_str(&row.events).map_err(|_| damaged("log"))
}
