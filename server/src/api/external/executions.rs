//! A tenant's runs.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use magone_core::error::ErrorCode;
use magone_core::execution::{ExecutionView, Status};
use magone_core::ids::ExecutionId;
use magone_core::time::Timestamp;
use magone_core::workflow::Problem as Item;
use magone_service::ServiceError;
use magone_store::ExecutionFilter;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::PREFIX;
use crate::api::openapi::{Doc, Header};
use crate::api::query::{self, Asked, Reading};
use crate::auth::{Execute, Read, Tenant, WithBody};
use crate::problem::Problem;
use crate::state::AppState;

/// Runs of a page where the caller names no number, and at most.
const PAGE: u32 = 20;
const PAGE_MOST: u32 = 100;

/// Query of the list.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Query {
    /// Executions of this workflow, by its slug.
    workflow: Option<String>,
    /// Executions of this status.
    #[schemars(with = "Option<Status>")]
    status: Option<String>,
    /// Executions of this session.
    session_id: Option<String>,
    /// Executions that were accepted at this time or later.
    #[schemars(with = "Option<Timestamp>")]
    created_after: Option<String>,
    /// The `next_cursor` of the page before, unchanged.
    cursor: Option<String>,
    /// Executions of a page: 20 unless it says otherwise.
    #[schemars(with = "Option<u32>", range(min = 1, max = PAGE_MOST))]
    limit: Option<String>,
    /// `result` shows each execution's result, too.
    include: Option<String>,
}

/// A page of executions.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ExecutionPage")]
struct List {
    /// Newest first; without `result` unless it was asked for.
    #[schemars(schema_with = "rows")]
    executions: Vec<Value>,
    /// `cursor` of the next page; null where this is the last.
    next_cursor: Option<ExecutionId>,
}

/// As one execution, yet `result` may be left out.
fn rows(generator: &mut SchemaGenerator) -> Schema {
    let mut row = ExecutionView::json_schema(generator);
    if let Some(required) = row.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| name != "result");
    }
    json_schema!({"type": "array", "items": row})
}

/// `GET /executions`: newest first; `result` only with `include=result`.
///
/// # Errors
/// 422 for filters that cannot be understood.
pub async fn list(
    Tenant(caller, _): Tenant<Read>,
    state: web::Data<AppState>,
    query: Asked<Query>,
) -> Result<HttpResponse, Problem> {
    let query = query::read(query)?;
    let (filter, cursor, limit) = understand(&query)?;
    let services = state.services.clone();
    let with_results = query.include.as_deref() == Some("result");
    let read = async move { services.executions(&caller, &filter, cursor, limit, with_results).await };
    let page = state.call(read).await?;
    let rows: Vec<Value> = page.executions.iter().map(|view| row(view, with_results)).collect();
    let next = page.next_cursor.as_ref().map(|cursor| next_page(&query, cursor, limit));
    Ok(query::page(&List { executions: rows, next_cursor: page.next_cursor }, next))
}

pub(in crate::api) fn list_doc() -> Doc {
    Doc::new("listExecutions", "Your executions, newest first")
        .query::<Query>()
        .answers::<List>(200, "A page.")
        .gives(Header::LINK)
        .fails(&[ErrorCode::Validation])
}

fn row(view: &ExecutionView, with_results: bool) -> Value {
    let mut row = serde_json::to_value(view).unwrap_or_default();
    if let Some(members) = row.as_object_mut().filter(|_| !with_results) {
        members.remove("result");
    }
    row
}

type Understood = (ExecutionFilter, Option<ExecutionId>, u32);

fn understand(query: &Query) -> Result<Understood, Problem> {
    let mut reading = Reading::default();
    let filter = ExecutionFilter {
        workflow: query.workflow.clone(),
        within: None,
        status: reading.value(("status", STATUS), query.status.as_deref(), Status::parse),
        session_id: query.session_id.clone(),
        created_after: reading.value(
            ("created_after", TIME),
            query.created_after.as_deref(),
            Timestamp::parse,
        ),
    };
    let limit = reading.limit(query.limit.as_deref(), PAGE, PAGE_MOST);
    let cursor = reading.cursor(query.cursor.as_deref(), ExecutionId::PREFIX).map(ExecutionId::from_text);
    reading.done((filter, cursor, limit))
}

const STATUS: &str = "one of pending, running, completed, failed";
const TIME: &str = "a time as in RFC 3339, for example 2026-01-31T09:30:00Z";

fn next_page(query: &Query, cursor: &ExecutionId, limit: u32) -> String {
    let filters = [
        ("workflow", query.workflow.as_deref()),
        ("status", query.status.as_deref()),
        ("session_id", query.session_id.as_deref()),
        ("created_after", query.created_after.as_deref()),
        ("include", query.include.as_deref()),
    ];
    query::next(&format!("{PREFIX}/executions"), &filters, limit, cursor.as_str())
}

/// `GET /executions/{id}`.
///
/// # Errors
/// 404 for an unknown id, and for another tenant's alike.
pub async fn one(
    Tenant(caller, _): Tenant<Read>,
    state: web::Data<AppState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let (services, id) = (state.services.clone(), ExecutionId::from_text(id.into_inner()));
    let view = state.call(async move { services.execution(&caller, &id).await }).await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(view))
}

pub(in crate::api) fn one_doc() -> Doc {
    Doc::new("readExecution", "One execution: where it is, and what came of it")
        .answers::<ExecutionView>(200, "The execution.")
        .fails(&[ErrorCode::NotFound])
}

/// Body of a cancellation.
#[derive(Deserialize, JsonSchema)]
struct Cancellation {
    /// Why, in your words; shown with the execution.
    #[schemars(length(max = REASON_CHARS))]
    reason: Option<String>,
}

/// Characters of a reason that are kept.
const REASON_CHARS: usize = 500;

impl Cancellation {
    fn from_json(body: Value) -> Result<Option<String>, ServiceError> {
        let body: Option<Self> = serde_json::from_value(body).map_err(|_| {
            let rule = "'reason' is a text, in a JSON object; both can be left out";
            ServiceError::invalid("cancellation", vec![Item::new("/reason", rule)])
        })?;
        let reason = body.and_then(|body| body.reason);
        Ok(reason.map(|reason| reason.chars().take(REASON_CHARS).collect()))
    }
}

/// `POST /executions/{id}/cancel`; the body may carry a `reason`.
///
/// # Errors
/// 404, or 409 when the run has ended.
pub async fn cancel(
    WithBody(caller, body, _): WithBody<Execute>,
    state: web::Data<AppState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let reason = Cancellation::from_json(body);
    let (services, id) = (state.services.clone(), ExecutionId::from_text(id.into_inner()));
    let cancel = async move {
        match reason {
            Ok(reason) => services.cancel(&caller, &id, reason).await,
            // Whether there is such a run is told first.
            Err(wrong) => services.execution(&caller, &id).await.and(Err(wrong)),
        }
    };
    let view = state.call(cancel).await?;
    Ok(HttpResponse::Accepted().insert_header((header::CACHE_CONTROL, "no-store")).json(view))
}

pub(in crate::api) fn cancel_doc() -> Doc {
    Doc::new("cancelExecution", "Stop an execution")
        .may_take::<Cancellation>(json!({"reason": "Not needed any more"}))
        .answers::<ExecutionView>(202, "What runs is being stopped.")
        .fails(&[ErrorCode::NotFound, ErrorCode::Conflict])
}
