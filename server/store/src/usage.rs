//! What tenants used, and which of their runs did not end.

use magone_core::execution::{Pins, RunState, Usage};
use magone_core::ids::{ExecutionId, TenantId};
use magone_core::limit::Day;
use magone_core::ports::StoreError;
use schemars::JsonSchema;
use sea_orm::FromQueryResult;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query, SelectStatement};
use serde::Serialize;
use serde_json::Value;

use crate::entity::execution::{Column, Entity};
use crate::entity::usage_daily;
use crate::reader::Reader;
use crate::row::damaged;
use crate::scope::{AdminScope, TenantScope};

/// Runs that are read at once.
const PAGE: u64 = 5_000;

/// What a tenant used on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DayUsage {
    /// The day, `2026-01-31` in UTC.
    #[serde(rename = "date")]
    pub day: String,
    /// Runs that were accepted on it and have ended.
    pub runs: u64,
    /// Tokens and cost of what ended on it.
    #[serde(flatten)]
    pub usage: Usage,
}

/// A run that did not end and that no other run started.
#[derive(Clone, Debug, PartialEq)]
pub struct UnfinishedRun {
    /// The run.
    pub execution_id: ExecutionId,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// Its versions.
    pub pins: Pins,
    /// Whether it waits for a place.
    pub queued: bool,
}

impl TenantScope {
    /// What it used, by day, from `first` on.
    ///
    /// # Errors
    /// What the database says; so for every function here.
    pub async fn usage_since(&self, first: Day) -> Result<Vec<DayUsage>, StoreError> {
        use usage_daily::Column as U;
        let mut query = Query::select();
        query
            .columns([U::TenantId, U::Day, U::Runs, U::InputTokens, U::OutputTokens, U::CostMicros])
            .from(usage_daily::Entity)
            .and_where(Expr::col(U::TenantId).eq(self.tenant().as_str()))
            .and_where(Expr::col(U::Day).gte(first.to_string()))
            .order_by(U::Day, Order::Asc);
        let models: Vec<usage_daily::Model> = self.reader().all(query).await?;
        Ok(models.into_iter().map(DayUsage::from).collect())
    }
}

impl AdminScope {
    /// Every run that did not end, children apart, in the order of their ids.
    ///
    /// # Errors
    /// As above.
    pub async fn unfinished(&self) -> Result<Vec<UnfinishedRun>, StoreError> {
        let mut found = Vec::new();
        loop {
            let page = page(self.reader(), found.last().map(|run: &UnfinishedRun| &run.execution_id)).await?;
            let more = u64::try_from(page.len()).is_ok_and(|len| len >= PAGE);
            found.extend(page);
            if !more {
                return Ok(found);
            }
        }
    }
}

#[derive(Debug, FromQueryResult)]
struct Row {
    id: String,
    tenant_id: String,
    pins: Value,
    state: Option<String>,
}

async fn page(reader: &Reader, after: Option<&ExecutionId>) -> Result<Vec<UnfinishedRun>, StoreError> {
    let rows: Vec<Row> = reader.all(unfinished(after)).await?;
    let run = |row: Row| {
        Ok(UnfinishedRun {
            execution_id: ExecutionId::from_text(row.id),
            tenant_id: TenantId::from_text(row.tenant_id),
            pins: serde_json::from_value(row.pins).map_err(|_| damaged("list of versions"))?,
            queued: row.state.as_deref() == Some(RunState::Queued.as_str()),
        })
    };
    rows.into_iter().map(run).collect()
}

fn unfinished(after: Option<&ExecutionId>) -> SelectStatement {
    let mut query = Query::select();
    query
        .columns([Column::Id, Column::TenantId, Column::Pins, Column::State])
        .from(Entity)
        .and_where(Expr::col(Column::CompletedAt).is_null())
        .and_where(Expr::col(Column::ParentExecutionId).is_null())
        .and_where(Expr::col(Column::TenantId).is_not_null())
        // A row that somebody else made has no versions.
        .and_where(Expr::col(Column::Pins).is_not_null())
        .order_by(Column::Id, Order::Asc)
        .limit(PAGE);
    if let Some(after) = after {
        query.and_where(Expr::col(Column::Id).gt(after.as_str()));
    }
    query
}

impl From<usage_daily::Model> for DayUsage {
    fn from(model: usage_daily::Model) -> Self {
        // Nothing that is added is below nothing.
        let count = |number: i64| u64::try_from(number).unwrap_or_default();
        Self {
            day: model.day,
            runs: count(model.runs),
            usage: Usage {
                input_tokens: count(model.input_tokens),
                output_tokens: count(model.output_tokens),
                cost_micros: count(model.cost_micros),
            },
        }
    }
}

#[cfg(test)]
#[path = "usage_test.rs"]
mod tests;
