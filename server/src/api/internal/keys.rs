//! Tenants' keys.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use magone_service::{CreatedKey, NewKeyRequest, Rotation, granted};
use magone_store::KeyRow;
use serde::Deserialize;
use serde_json::{Value, json};

use super::query::{self, Asked};
use crate::auth::{Admin, AdminBody, ReadKeys, WriteKeys};
use crate::problem::Problem;
use crate::state::AppState;

/// Query of the list.
#[derive(Debug, Deserialize)]
pub struct Query {
    tenant: Option<String>,
}

/// `GET /api/v1/keys?tenant=`: oldest first, revoked ones included.
///
/// # Errors
/// 404 for the tenant, 422 where none is named.
pub async fn list(
    Admin(caller, _): Admin<ReadKeys>,
    state: web::Data<AppState>,
    query: Asked<Query>,
) -> Result<HttpResponse, Problem> {
    let tenant = query::read(query)?.tenant.ok_or_else(|| query::wrong("tenant", "a tenant's slug"))?;
    let services = state.services.clone();
    let keys = state.call(async move { services.keys(&caller, &tenant).await }).await?;
    let keys: Vec<Value> = keys.iter().map(shown).collect();
    Ok(HttpResponse::Ok().json(json!({"total": keys.len(), "keys": keys})))
}

/// `POST /api/v1/keys`: `{tenant, name, test?, expires_at?, scopes?, workflows?,
/// rate_limit_per_minute?}`; the answer shows the key, for the only time.
///
/// # Errors
/// 404 for the tenant, or 422.
pub async fn create(
    AdminBody(caller, body, _): AdminBody<WriteKeys>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let services = state.services.clone();
    let create = async move { services.add_key(&caller, NewKeyRequest::from_json(body)?).await };
    Ok(created(&state.call(create).await?))
}

/// `POST /api/v1/keys/{id}/rotate`: `{grace_seconds?}`; the answer shows the new key, for the only
/// time.
///
/// # Errors
/// 404, 422, or 409 where the key opens nothing any more.
pub async fn rotate(
    AdminBody(caller, body, _): AdminBody<WriteKeys>,
    state: web::Data<AppState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let services = state.services.clone();
    let rotate = async move { services.rotate_key(&caller, &id, Rotation::from_json(body)?).await };
    Ok(created(&state.call(rotate).await?))
}

/// `DELETE /api/v1/keys/{id}`: takes it back, for good.
///
/// # Errors
/// 404.
pub async fn revoke(
    Admin(caller, _): Admin<WriteKeys>,
    state: web::Data<AppState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let services = state.services.clone();
    let key = state.call(async move { services.revoke_key(&caller, &id).await }).await?;
    Ok(HttpResponse::Ok().json(shown(&key)))
}

/// A new key, shown once.
pub(crate) fn created(key: &CreatedKey) -> HttpResponse {
    HttpResponse::Created().insert_header((header::CACHE_CONTROL, "no-store")).json(shown_once(key))
}

/// How a new key is shown, for the only time with what opens something.
pub(crate) fn shown_once(key: &CreatedKey) -> Value {
    let mut body = shown(&key.row);
    if let Some(members) = body.as_object_mut() {
        members.insert("tenant".to_owned(), json!(key.tenant));
        members.insert("key".to_owned(), json!(key.key.reveal()));
    }
    body
}

/// How a key is listed.
pub(crate) fn shown(key: &KeyRow) -> Value {
    let (scopes, workflows) = granted(&key.grant);
    json!({
        "id": key.id,
        "name": key.name,
        "prefix": key.prefix,
        "test": key.test,
        "scopes": scopes,
        "workflows": workflows,
        "rate_limit_per_minute": key.rate_limit_per_minute,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        "revoked_at": key.revoked_at,
    })
}
