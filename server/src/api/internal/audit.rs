//! Who changed what.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use magone_core::error::ErrorCode;
use magone_core::ids::AuditId;
use magone_core::time::Timestamp;
use magone_store::AuditEntry;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::openapi::Doc;
use crate::api::query::{self, Asked, Reading};
use crate::auth::{Admin, ReadAudit};
use crate::problem::Problem;
use crate::state::AppState;

/// Entries of a page at most.
const PAGE_MOST: u32 = 200;

/// Query of the list.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Query {
    /// The `next_cursor` of the page before, unchanged.
    cursor: Option<String>,
    /// Entries of a page: as many as can be, unless it says otherwise.
    #[schemars(with = "Option<u32>", range(min = 1, max = PAGE_MOST))]
    limit: Option<String>,
}

/// A page of the audit log.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "AuditPage")]
struct List {
    /// Newest first.
    entries: Vec<Shown>,
    /// `cursor` of the next page; null where this is the last.
    next_cursor: Option<AuditId>,
}

/// One change.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "AuditEntry")]
struct Shown {
    id: AuditId,
    at: Timestamp,
    /// Who did it: an admin's or a token's id, or `cli`.
    actor: String,
    /// What was done, for example `tenant.suspended`.
    action: String,
    /// What kind of thing it was done to.
    object_type: String,
    /// Which one.
    object_id: String,
    /// What it was, where that tells something.
    before: Option<Value>,
    /// What it is now, where that tells something.
    after: Option<Value>,
    /// Why, in the actor's words.
    reason: Option<String>,
}

/// `GET /api/v1/audit`: newest first.
///
/// # Errors
/// 422 for a limit or a cursor that is none.
pub async fn list(
    Admin(caller, _): Admin<ReadAudit>,
    state: web::Data<AppState>,
    query: Asked<Query>,
) -> Result<HttpResponse, Problem> {
    let query = query::read(query)?;
    let mut reading = Reading::default();
    let limit = reading.limit(query.limit.as_deref(), PAGE_MOST, PAGE_MOST);
    let cursor = reading.cursor(query.cursor.as_deref(), AuditId::PREFIX).map(AuditId::from_text);
    reading.done(())?;
    let services = state.services.clone();
    let read = async move { services.audit_entries(&caller, cursor.as_ref(), limit).await };
    let entries = state.call(read).await?;
    let full = u32::try_from(entries.len()).is_ok_and(|found| found == limit);
    let next = entries.last().filter(|_| full).map(|entry| entry.id.clone());
    let body = List { entries: entries.into_iter().map(shown).collect(), next_cursor: next };
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(body))
}

pub(in crate::api) fn list_doc() -> Doc {
    Doc::new("listAuditEntries", "Who changed what, newest first")
        .query::<Query>()
        .answers::<List>(200, "A page.")
        .fails(&[ErrorCode::Validation])
}

fn shown(entry: AuditEntry) -> Shown {
    let AuditEntry { id, at, actor, action, object_type, object_id, before, after, reason } = entry;
    Shown { id, at, actor, action, object_type, object_id, before, after, reason }
}
