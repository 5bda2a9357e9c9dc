//! A tenant's own keys, for a key that may manage them.

use actix_web::{HttpResponse, web};
use magone_core::error::ErrorCode;
use magone_service::{NewKeyRequest, Rotation};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};

use crate::api::internal::keys::{Created, List, Shown, created, shown};
use crate::api::openapi::Doc;
use crate::auth::{ManageKeys, Tenant, WithBody};
use crate::problem::Problem;
use crate::state::AppState;

/// `GET /keys`: oldest first, revoked ones included; those that may reach further are left out.
///
/// # Errors
/// 403.
pub async fn list(
    Tenant(caller, _): Tenant<ManageKeys>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let services = state.services.clone();
    let keys = state.call(async move { services.own_keys(&caller).await }).await?;
    let keys: Vec<_> = keys.iter().map(shown).collect();
    Ok(HttpResponse::Ok().json(List { total: keys.len(), keys }))
}

pub(in crate::api) fn list_doc() -> Doc {
    Doc::new("listOwnKeys", "Your keys")
        .about("Those for other workflows than the one that you ask with are left out.")
        .answers::<List>(200, "All of them.")
}

/// `POST /keys`: `{name, test?, expires_at?, scopes?, workflows?, rate_limit_per_minute?}`; the answer
/// shows the key, for the only time.
///
/// # Errors
/// 403 for what the caller's key has not itself, 409 for too many, or 422.
pub async fn create(
    WithBody(caller, body, _): WithBody<ManageKeys>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let services = state.services.clone();
    Ok(created(&state.call(async move { services.add_own_key(&caller, body).await }).await?))
}

pub(in crate::api) fn create_doc() -> Doc {
    Doc::new("createOwnKey", "Make one more key")
        .about("A key can be given what the one that you ask with has itself.")
        .takes_as(own, json!({"name": "reports", "scopes": ["read"]}))
        .answers::<Created>(201, "The key.")
        .leads_to("readOwnKey", "id", "$response.body#/id")
        .leads_to("rotateOwnKey", "id", "$response.body#/id")
        .leads_to("revokeOwnKey", "id", "$response.body#/id")
        .fails(&[ErrorCode::Conflict])
}

/// As an admin makes a key, yet whose it is needs no word.
fn own(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = NewKeyRequest::json_schema(generator);
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| name != "tenant");
    }
    if let Some(members) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        members.remove("tenant");
    }
    schema
}

/// `GET /keys/{id}`.
///
/// # Errors
/// 404 for an unknown id, and for another tenant's alike.
pub async fn one(
    Tenant(caller, _): Tenant<ManageKeys>,
    state: web::Data<AppState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let services = state.services.clone();
    let key = state.call(async move { services.own_key(&caller, &id).await }).await?;
    Ok(HttpResponse::Ok().json(shown(&key)))
}

pub(in crate::api) fn one_doc() -> Doc {
    Doc::new("readOwnKey", "One of your keys").answers::<Shown>(200, "The key.").fails(&[ErrorCode::NotFound])
}

/// `POST /keys/{id}/rotate`: `{grace_seconds?}`; the answer shows the new key, for the only time.
///
/// # Errors
/// 403, 404, 422, or 409 where the key opens nothing any more.
pub async fn rotate(
    WithBody(caller, body, _): WithBody<ManageKeys>,
    state: web::Data<AppState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let services = state.services.clone();
    let rotate = async move { services.rotate_own_key(&caller, &id, body).await };
    Ok(created(&state.call(rotate).await?))
}

pub(in crate::api) fn rotate_doc() -> Doc {
    Doc::new("rotateOwnKey", "Replace one of your keys by a new one")
        .about("The old one goes on for `grace_seconds`: at once, unless it says otherwise.")
        .may_take::<Rotation>(json!({"grace_seconds": 3600}))
        .answers::<Created>(201, "The new key.")
        .fails(&[ErrorCode::NotFound, ErrorCode::Conflict])
}

/// `DELETE /keys/{id}`: takes another key back, for good.
///
/// # Errors
/// 403, 404, or 409 for the key that the call comes with.
pub async fn revoke(
    Tenant(caller, _): Tenant<ManageKeys>,
    state: web::Data<AppState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let services = state.services.clone();
    let key = state.call(async move { services.revoke_own_key(&caller, &id).await }).await?;
    Ok(HttpResponse::Ok().json(shown(&key)))
}

pub(in crate::api) fn revoke_doc() -> Doc {
    Doc::new("revokeOwnKey", "Take one of your keys back, for good")
        .answers::<Shown>(200, "It opens nothing any more.")
        .fails(&[ErrorCode::NotFound, ErrorCode::Conflict])
}
