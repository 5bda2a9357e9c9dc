//! A run's events: as a stream (server-sent events), or as pages of JSON.

use std::sync::Arc;

use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderName};
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::stream;
use magone_core::error::ErrorCode;
use magone_core::ids::ExecutionId;
use magone_service::{EventPage, TenantCaller};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::actors::{Batch, Face, PublicEvent};
use crate::api::accept;
use crate::api::openapi::{Doc, Header};
use crate::api::query::{self, Asked, Reading, wrong};
use crate::auth::{Read, Tenant};
use crate::follow::{Follow, Reader};
use crate::problem::Problem;
use crate::sse;
use crate::standing::while_valid;
use crate::state::AppState;

/// Events of a page where the caller names no number.
const PAGE: u32 = 200;
/// Events of a page at most.
const PAGE_MOST: u32 = 1_000;
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Query of the log.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Query {
    /// Events behind this `seq` alone; the header `Last-Event-ID` wins over it.
    #[schemars(with = "Option<u64>")]
    after: Option<String>,
    /// Events of a page of JSON: 200 unless it says otherwise.
    #[schemars(with = "Option<u32>", range(min = 1, max = PAGE_MOST))]
    limit: Option<String>,
}

/// A page of the log.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "EventPage")]
struct Page {
    /// Oldest first.
    #[schemars(with = "Vec<PublicEvent<'static>>")]
    events: Vec<Value>,
    /// Where the next page begins: `after` of the next request.
    next_after: u64,
    /// Whether nothing can follow.
    terminal: bool,
}

/// `GET /executions/{id}/events`: JSON with `Accept: application/json`, else a stream.
///
/// # Errors
/// 404, or 422 for a place that the log does not have.
pub async fn read(
    Tenant(caller, _): Tenant<Read>,
    request: HttpRequest,
    state: web::Data<AppState>,
    id: web::Path<String>,
    query: Asked<Query>,
) -> Result<HttpResponse, Problem> {
    let query = query::read(query)?;
    let (name, after) = place(request.headers(), &query)?;
    let mut reading = Reading::default();
    let limit = reading.limit(query.limit.as_deref(), PAGE, PAGE_MOST);
    reading.done(())?;
    let id = ExecutionId::from_text(id.into_inner());
    let wants_page = accept::wants_json(request.headers());
    // The page that JSON wants; for a stream it proves that the run is the tenant's.
    let count = if wants_page { limit } else { 1 };
    let found = page(&state, &caller, &id, (after, count)).await?;
    if found.events.is_empty()
        && let Some(before) = after.checked_sub(1)
        && page(&state, &caller, &id, (before, 1)).await?.events.is_empty()
    {
        return Err(wrong(name, "the number of an event that was read, or 0: the log does not reach so far"));
    }
    if wants_page {
        return Ok(document(id, &caller, after, found));
    }
    if found.events.is_empty() && found.view.state.is_terminal() {
        // Everything was read: 204 ends an EventSource's retries.
        return Ok(HttpResponse::NoContent().finish());
    }
    if request.method() == Method::HEAD {
        // A stream without readers would be followed to its end.
        return Ok(sse::response(stream::empty()));
    }
    Ok(following(&state, caller, id, after))
}

/// The events of a run behind `after`, as a stream, for as long as the caller may read them.
pub(super) fn following(
    state: &web::Data<AppState>,
    caller: TenantCaller,
    id: ExecutionId,
    after: u64,
) -> HttpResponse {
    let follow = Follow::new(state.get_ref().clone(), Reader::Tenant(caller.clone()), id, after);
    sse::response(while_valid(sse::events(follow, Face::Public, state.draining.clone()), state, caller))
}

async fn page(
    state: &web::Data<AppState>,
    caller: &TenantCaller,
    id: &ExecutionId,
    (after, limit): (u64, u32),
) -> Result<EventPage, Problem> {
    let (services, caller, id) = (state.services.clone(), caller.clone(), id.clone());
    state.call(async move { services.events(&caller, &id, after, limit).await }).await
}

fn document(id: ExecutionId, caller: &TenantCaller, after: u64, page: EventPage) -> HttpResponse {
    let view = Arc::new(page.view);
    // Where nothing is new, the next page begins where this one did.
    let next = page.events.last().map_or(after, |event| event.seq);
    let terminal = match page.events.last() {
        Some(event) => event.kind.is_terminal(),
        None => view.state.is_terminal(),
    };
    let batch = Batch::new(id, caller.tenant.id.clone(), page.events.into(), view);
    let events: Vec<_> = batch.documents(Face::Public, after).collect();
    let page = Page { events, next_after: next, terminal };
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(page)
}

fn place(headers: &HeaderMap, query: &Query) -> Result<(&'static str, u64), Problem> {
    let header = headers.get(LAST_EVENT_ID).map(|value| value.to_str().unwrap_or("?"));
    let (name, text) = match header {
        Some(text) => ("Last-Event-ID", Some(text)),
        None => ("after", query.after.as_deref()),
    };
    Ok((name, number(name, text.filter(|text| !text.is_empty()))?.unwrap_or(0)))
}

fn number(name: &str, text: Option<&str>) -> Result<Option<u64>, Problem> {
    text.map(str::parse).transpose().map_err(|_| wrong(name, "a whole number, 0 or more"))
}

pub(in crate::api) fn read_doc() -> Doc {
    let doc = Doc::new("readEvents", "An execution's events, from the first or from where you were");
    let doc = doc.about(
        "A stream of server-sent events, which ends after the last event; with `Accept: application/json` pages \
         of JSON. A reader that comes back with `Last-Event-ID` misses nothing and sees nothing twice; 204 says \
         that there is nothing more to come.",
    );
    doc.query::<Query>()
        .reads(Header::LAST_EVENT_ID)
        .answers::<Page>(200, "The events.")
        .answers_as(200, "text/event-stream", sse::FRAMES, sse::frame)
        .answers_empty(204, "Everything was read, and nothing can follow.")
        .fails(&[ErrorCode::NotFound, ErrorCode::Validation])
}
