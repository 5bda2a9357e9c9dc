//! Who changed what.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use magone_core::ids::AuditId;
use magone_store::AuditEntry;
use serde::Deserialize;
use serde_json::{Value, json};

use super::query::{self, Asked};
use crate::auth::{Admin, ReadAudit};
use crate::problem::Problem;
use crate::state::AppState;

/// Entries of a page at most.
const PAGE_MOST: u32 = 200;

/// Query of the list.
#[derive(Debug, Deserialize)]
pub struct Query {
    cursor: Option<String>,
    limit: Option<String>,
}

/// `GET /api/v1/audit`: newest first.
///
/// # Errors
/// 422 for a limit that is no number.
pub async fn list(
    Admin(caller, _): Admin<ReadAudit>,
    state: web::Data<AppState>,
    query: Asked<Query>,
) -> Result<HttpResponse, Problem> {
    let query = query::read(query)?;
    let limit = query::limit(query.limit.as_deref(), PAGE_MOST)?;
    let (services, cursor) = (state.services.clone(), query.cursor.map(AuditId::from_text));
    let read = async move { services.audit_entries(&caller, cursor.as_ref(), limit).await };
    let entries = state.call(read).await?;
    let full = u32::try_from(entries.len()).is_ok_and(|found| found == limit);
    let next = entries.last().filter(|_| full).map(|entry| entry.id.clone());
    let entries: Vec<Value> = entries.iter().map(shown).collect();
    let body = json!({"entries": entries, "next_cursor": next});
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(body))
}

fn shown(entry: &AuditEntry) -> Value {
    json!({
        "id": entry.id,
        "at": entry.at,
        "actor": entry.actor,
        "action": entry.action,
        "object_type": entry.object_type,
        "object_id": entry.object_id,
        "before": entry.before,
        "after": entry.after,
        "reason": entry.reason,
    })
}
