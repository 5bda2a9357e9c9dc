//! Tenants' keys.

use std::collections::BTreeSet;

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use magone_core::error::ErrorCode;
use magone_core::grant::Scope;
use magone_core::ids::KeyId;
use magone_core::time::Timestamp;
use magone_service::{CreatedKey, NewKeyRequest, Rotation};
use magone_store::KeyRow;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::api::openapi::Doc;
use crate::api::query::{self, Asked};
use crate::auth::{Admin, AdminBody, ReadKeys, WriteKeys};
use crate::problem::Problem;
use crate::state::AppState;

/// Query of the list.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Query {
    /// The tenant's slug.
    #[schemars(required)]
    tenant: Option<String>,
}

/// Keys in a list.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "KeyList")]
pub(in crate::api) struct List {
    /// How many there are.
    pub total: usize,
    /// Oldest first, revoked ones included.
    pub keys: Vec<Shown>,
}

/// A key, as far as it can be shown.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Key")]
pub(crate) struct Shown {
    id: KeyId,
    /// What people call it.
    name: String,
    /// What it begins with.
    prefix: String,
    /// Whether its executions are scripted and cost nothing.
    test: bool,
    /// What it may do.
    scopes: BTreeSet<Scope>,
    /// Slugs of the workflows that it is for; null: all.
    workflows: Option<BTreeSet<String>>,
    /// Starts of executions per minute; null: only the tenant's own limit.
    rate_limit_per_minute: Option<u32>,
    created_at: Timestamp,
    /// When it ends by itself; null: never.
    expires_at: Option<Timestamp>,
    /// When it was last noted to be used.
    last_used_at: Option<Timestamp>,
    /// When it was taken back.
    revoked_at: Option<Timestamp>,
}

/// A key, for the only time with what opens something.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "CreatedKey")]
pub(crate) struct Created<'a> {
    #[serde(flatten)]
    shown: Shown,
    /// The tenant's slug.
    tenant: &'a str,
    /// The key, shown only now.
    key: &'a str,
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
    let keys: Vec<_> = keys.iter().map(shown).collect();
    Ok(HttpResponse::Ok().json(List { total: keys.len(), keys }))
}

pub(in crate::api) fn list_doc() -> Doc {
    Doc::new("listKeys", "A tenant's keys")
        .query::<Query>()
        .answers::<List>(200, "All of them.")
        .fails(&[ErrorCode::NotFound, ErrorCode::Validation])
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

pub(in crate::api) fn create_doc() -> Doc {
    Doc::new("createKey", "Give a tenant one more key")
        .takes::<NewKeyRequest>(json!({"tenant": "acme", "name": "staging", "test": true}))
        .answers::<Created>(201, "The key.")
        .leads_to("rotateKey", "id", "$response.body#/id")
        .leads_to("revokeKey", "id", "$response.body#/id")
        .fails(&[ErrorCode::NotFound])
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

pub(in crate::api) fn rotate_doc() -> Doc {
    Doc::new("rotateKey", "Replace a key by a new one")
        .about("The old one goes on for `grace_seconds`: at once, unless it says otherwise.")
        .may_take::<Rotation>(json!({"grace_seconds": 3600}))
        .answers::<Created>(201, "The new key.")
        .fails(&[ErrorCode::NotFound, ErrorCode::Conflict])
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

pub(in crate::api) fn revoke_doc() -> Doc {
    Doc::new("revokeKey", "Take a key back, for good")
        .answers::<Shown>(200, "It opens nothing any more.")
        .fails(&[ErrorCode::NotFound])
}

/// A new key, shown once.
pub(crate) fn created(key: &CreatedKey) -> HttpResponse {
    HttpResponse::Created().insert_header((header::CACHE_CONTROL, "no-store")).json(shown_once(key))
}

/// How a new key is shown, for the only time with what opens something.
pub(crate) fn shown_once(key: &CreatedKey) -> Created<'_> {
    Created { shown: shown(&key.row), tenant: &key.tenant, key: key.key.reveal() }
}

/// How a key is listed.
pub(crate) fn shown(key: &KeyRow) -> Shown {
    Shown {
        id: key.id.clone(),
        name: key.name.clone(),
        prefix: key.prefix.clone(),
        test: key.test,
        scopes: key.grant.scopes.clone(),
        workflows: key.grant.workflows.clone(),
        rate_limit_per_minute: key.rate_limit_per_minute,
        created_at: key.created_at,
        expires_at: key.expires_at,
        last_used_at: key.last_used_at,
        revoked_at: key.revoked_at,
    }
}
