//! Runs as rows: from the columns back to the projection, and lists of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use magone_core::execution::{ExecutionView, Pins, RunState, Status};
use magone_core::failure::FailureCode;
use magone_core::ids::{ExecutionId, TenantId, TenantWorkflowId};
use magone_core::json::Json;
use magone_core::ports::StoreError;
use magone_core::time::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, Func, LikeExpr, Order, Query, SelectStatement};
use sea_orm::{Iterable, prelude::TimeDateTimeWithTimeZone};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::entity::execution::{Column, Entity, Model};
use crate::entity::tenant;
use crate::reader::Reader;
use crate::row::damaged;

/// A run as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct ExecutionRow {
    /// The projection. Lists leave its `result` out.
    pub view: ExecutionView,
    /// The run's tenant.
    pub tenant_id: TenantId,
    /// The tenant's workflow.
    pub tenant_workflow_id: TenantWorkflowId,
    /// `{"user_input": …, "context": …}`; null in lists.
    pub input: Json,
    /// The versions that it is pinned to.
    pub pins: Pins,
    /// Version of the interpreter that decides it.
    pub interpreter_version: u32,
    /// Where the result is posted.
    pub webhook_url: Option<String>,
}

/// Which of a tenant's runs are listed. Every member narrows; the default takes all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExecutionFilter {
    /// The tenant's name for the workflow.
    pub workflow: Option<String>,
    /// Only runs of these workflows; `None`: of all.
    pub within: Option<BTreeSet<String>>,
    /// The frozen status.
    pub status: Option<Status>,
    /// The caller's session.
    pub session_id: Option<String>,
    /// Accepted at this time or later, to the millisecond.
    pub created_after: Option<Timestamp>,
}

/// Which runs of all tenants are listed. Every member narrows; the default takes all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdminFilter {
    /// The tenant.
    pub tenant: Option<TenantId>,
    /// The tenant's name for the workflow.
    pub workflow: Option<String>,
    /// Only runs of these workflows; `None`: of all.
    pub within: Option<BTreeSet<String>>,
    /// Any of these frozen statuses; empty: all.
    pub statuses: Vec<Status>,
    /// The finer state.
    pub state: Option<RunState>,
    /// The caller's session.
    pub session_id: Option<String>,
    /// Accepted at this time or later, to the millisecond.
    pub created_after: Option<Timestamp>,
    /// Part of the run's id, the workflow's slug, or the tenant's slug or name, in any case of
    /// letters.
    pub text: Option<String>,
}

/// One page of a list, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The entries.
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last one.
    pub next_cursor: Option<ExecutionId>,
}

/// Whether a list carries the results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Results {
    /// Left out.
    Without,
    /// Taken along.
    With,
}

/// Entries of a page at most.
const MOST_ENTRIES: u32 = 1_000;

/// One page of the runs that `filter` lets through.
pub(crate) async fn page(
    reader: &Reader,
    filter: &AdminFilter,
    cursor: Option<&ExecutionId>,
    limit: u32,
    results: Results,
) -> Result<Page<ExecutionRow>, StoreError> {
    let limit = limit.clamp(1, MOST_ENTRIES);
    let query = page_query(filter, cursor, limit + 1, results);
    let models: Vec<Model> = reader.all(query).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = models.len() > limit;
    let items = models.into_iter().take(limit).map(ExecutionRow::try_from).collect::<Result<Vec<_>, _>>()?;
    let last = items.last().map(|row| row.view.execution_id.clone());
    Ok(Page { items, next_cursor: last.filter(|_| more) })
}

/// The newest of the runs that `filter` lets through, from `cursor` on.
pub(crate) fn page_query(
    filter: &AdminFilter,
    cursor: Option<&ExecutionId>,
    limit: u32,
    results: Results,
) -> SelectStatement {
    let mut query = listed(results);
    query.cond_where(narrowed(filter)).order_by(Column::Id, Order::Desc).limit(u64::from(limit));
    if let Some(cursor) = cursor {
        query.and_where(Expr::col(Column::Id).lt(cursor.as_str()));
    }
    query
}

/// The columns of a list. `input` and `result` may be large, and NULL costs nothing.
fn listed(results: Results) -> SelectStatement {
    let mut query = Query::select();
    query.from(Entity);
    for column in Column::iter() {
        let left_out = match column {
            Column::Input => true,
            Column::Result => results == Results::Without,
            _ => false,
        };
        if left_out {
            query.expr_as(Expr::cust("NULL"), column);
        } else {
            query.column(column);
        }
    }
    query
}

fn narrowed(filter: &AdminFilter) -> sea_orm::Condition {
    let equals = |column: Column, wanted: Option<&str>| wanted.map(|wanted| Expr::col(column).eq(wanted));
    sea_orm::Condition::all()
        // Children are found where their parents are.
        .add(Expr::col(Column::ParentExecutionId).is_null())
        .add_option(equals(Column::TenantId, filter.tenant.as_ref().map(TenantId::as_str)))
        .add_option(equals(Column::WorkflowSlug, filter.workflow.as_deref()))
        .add_option(
            filter.within.as_ref().map(|slugs| Expr::col(Column::WorkflowSlug).is_in(slugs.iter().cloned())),
        )
        .add_option(
            (!filter.statuses.is_empty()).then(|| {
                Expr::col(Column::Status).is_in(filter.statuses.iter().map(|status| status.as_str()))
            }),
        )
        .add_option(equals(Column::State, filter.state.map(RunState::as_str)))
        .add_option(equals(Column::SessionId, filter.session_id.as_deref()))
        // Ids begin with their time, and lists are in the order of ids.
        .add_option(
            filter.created_after.map(|at| Expr::col(Column::Id).gte(ExecutionId::lower_bound(at).as_str())),
        )
        .add_option(filter.text.as_deref().map(containing))
}

/// Runs that `text` is part of, or of whose tenant.
fn containing(text: &str) -> sea_orm::Condition {
    let text = text.to_lowercase();
    let part = || LikeExpr::new(format!("%{}%", escaped(&text))).escape('\\');
    let lower = |column: Expr| Expr::expr(Func::lower(column));
    let tenants = Query::select()
        .column(tenant::Column::Id)
        .from(tenant::Entity)
        .cond_where(
            sea_orm::Condition::any()
                .add(lower(Expr::col(tenant::Column::Slug)).like(part()))
                .add(lower(Expr::col(tenant::Column::Name)).like(part())),
        )
        .take();
    sea_orm::Condition::any()
        .add(Expr::col(Column::Id).like(part()))
        .add(lower(Expr::col(Column::WorkflowSlug)).like(part()))
        .add(Expr::col(Column::TenantId).in_subquery(tenants))
}

/// `%` and `_` in what people type are themselves.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

impl TryFrom<Model> for ExecutionRow {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let tenant_id = model.tenant_id.clone().unwrap_or_default();
        let tenant_workflow_id = model.tenant_workflow_id.clone().unwrap_or_default();
        Ok(Self {
            tenant_id: TenantId::from_text(tenant_id),
            tenant_workflow_id: TenantWorkflowId::from_text(tenant_workflow_id),
            input: Arc::new(model.input.clone().unwrap_or_default()),
            pins: document(model.pins.clone(), "list of versions")?,
            interpreter_version: version(model.interpreter_version)?,
            webhook_url: model.webhook_url.clone(),
            view: view(model)?,
        })
    }
}

fn view(model: Model) -> Result<ExecutionView, StoreError> {
    let time = |at: TimeDateTimeWithTimeZone| Timestamp::from_offset(at);
    let created_at = model.created_at.map(time).unwrap_or_default();
    let mut view = ExecutionView::new(ExecutionId::from_text(model.id), created_at);
    view.workflow_slug = model.workflow_slug.unwrap_or_default();
    view.status = model.status.as_deref().and_then(Status::parse).ok_or_else(|| damaged("status"))?;
    view.state = model.state.as_deref().and_then(RunState::parse).ok_or_else(|| damaged("state"))?;
    view.result = model.result.map(Arc::new);
    view.error = model.error;
    view.code = model.code.as_deref().map(FailureCode::from_stored);
    view.retryable = model.retryable;
    view.metadata = document(model.metadata, "set of figures")?;
    view.progress = document(model.progress, "progress")?;
    view.session_id = model.session_id;
    view.started_at = model.started_at.map(time);
    view.completed_at = model.completed_at.map(time);
    Ok(view)
}

fn document<T: DeserializeOwned + Default>(value: Option<Value>, what: &str) -> Result<T, StoreError> {
    match value {
        None | Some(Value::Null) => Ok(T::default()),
        Some(value) => serde_json::from_value(value).map_err(|_| damaged(what)),
    }
}

fn version(number: Option<i32>) -> Result<u32, StoreError> {
    u32::try_from(number.unwrap_or_default()).map_err(|_| damaged("version"))
}
