//! A tenant's runs.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use magone_core::error::ErrorCode;
use magone_core::execution::{ExecutionView, Status};
use magone_core::ids::ExecutionId;
use magone_core::time::Timestamp;
use magone_core::workflow::Problem as Item;
use magone_store::ExecutionFilter;
use serde::Deserialize;
use serde_json::{Value, json};

use super::PREFIX;
use crate::auth::{Execute, Read, Tenant, WithBody};
use crate::problem::Problem;
use crate::state::AppState;

/// Runs of a page where the caller names no number.
const PAGE: u32 = 20;

/// Query of the list.
#[derive(Debug, Default, Deserialize)]
pub struct Query {
    workflow: Option<String>,
    status: Option<String>,
    session_id: Option<String>,
    created_after: Option<String>,
    cursor: Option<String>,
    limit: Option<String>,
    include: Option<String>,
}

/// `GET /executions`: newest first; `result` only with `include=result`.
///
/// # Errors
/// 422 for filters that cannot be understood.
pub async fn list(
    Tenant(caller, _): Tenant<Read>,
    state: web::Data<AppState>,
    query: Result<web::Query<Query>, actix_web::Error>,
) -> Result<HttpResponse, Problem> {
    let query = query.map_err(|_| Problem::new(ErrorCode::MalformedRequest, "The query is malformed"))?;
    let (filter, cursor, limit) = understand(&query)?;
    let services = state.services.clone();
    let with_results = query.include.as_deref() == Some("result");
    let read = async move { services.executions(&caller, &filter, cursor, limit, with_results).await };
    let page = state.call(read).await?;
    let rows: Vec<Value> = page.executions.iter().map(|view| row(view, with_results)).collect();
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    if let Some(cursor) = &page.next_cursor {
        response.insert_header((header::LINK, next_link(&query, cursor, limit)));
    }
    Ok(response.json(json!({"executions": rows, "next_cursor": page.next_cursor})))
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
    let mut wrong = Vec::new();
    let filter = ExecutionFilter {
        workflow: query.workflow.clone(),
        within: None,
        status: read(&mut wrong, ("status", STATUS), query.status.as_deref(), Status::parse),
        session_id: query.session_id.clone(),
        created_after: read(
            &mut wrong,
            ("created_after", TIME),
            query.created_after.as_deref(),
            Timestamp::parse,
        ),
    };
    let limit = read(&mut wrong, ("limit", LIMIT), query.limit.as_deref(), |text| {
        text.parse().ok().filter(|limit| (1..=100).contains(limit))
    });
    let cursor = read(&mut wrong, ("cursor", CURSOR), query.cursor.as_deref(), |text| {
        let shaped = text.starts_with(ExecutionId::PREFIX) && text.len() <= 100 && text.is_ascii();
        shaped.then(|| ExecutionId::from_text(text))
    });
    if wrong.is_empty() {
        return Ok((filter, cursor, limit.unwrap_or(PAGE)));
    }
    let mut problem = Problem::new(ErrorCode::Validation, "The query cannot be understood");
    problem.errors = wrong;
    Err(problem)
}

const STATUS: &str = "status is one of pending, running, completed, failed";
const TIME: &str = "created_after is a time as in RFC 3339, for example 2026-01-31T09:30:00Z";
const LIMIT: &str = "limit is a number from 1 to 100";
const CURSOR: &str = "cursor is the next_cursor of a page before, unchanged";

/// The value of a parameter; one that is there and cannot be read is noted in `wrong`.
fn read<T>(
    wrong: &mut Vec<Item>,
    (name, rule): (&str, &str),
    text: Option<&str>,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Option<T> {
    let text = text?;
    let value = parse(text);
    if value.is_none() {
        wrong.push(Item::new(format!("/{name}"), rule));
    }
    value
}

fn next_link(query: &Query, cursor: &ExecutionId, limit: u32) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    let filters = [
        ("workflow", &query.workflow),
        ("status", &query.status),
        ("session_id", &query.session_id),
        ("created_after", &query.created_after),
        ("include", &query.include),
    ];
    for (name, value) in filters {
        value.iter().for_each(|value| {
            pairs.append_pair(name, value);
        });
    }
    pairs.append_pair("limit", &limit.to_string()).append_pair("cursor", cursor.as_str());
    format!("<{PREFIX}/executions?{}>; rel=\"next\"", pairs.finish())
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

/// `POST /executions/{id}/cancel`; the body may carry a `reason`.
///
/// # Errors
/// 404, or 409 when the run has ended.
pub async fn cancel(
    WithBody(caller, body, _): WithBody<Execute>,
    state: web::Data<AppState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let reason = body.get("reason").and_then(Value::as_str).map(|text| text.chars().take(500).collect());
    let (services, id) = (state.services.clone(), ExecutionId::from_text(id.into_inner()));
    let view = state.call(async move { services.cancel(&caller, &id, reason).await }).await?;
    Ok(HttpResponse::Accepted().insert_header((header::CACHE_CONTROL, "no-store")).json(view))
}
