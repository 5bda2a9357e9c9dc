//! A tenant's own keys, for a key that may manage them.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use crate::api::internal::keys::{created, shown};
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
    let keys: Vec<Value> = keys.iter().map(shown).collect();
    Ok(HttpResponse::Ok().json(json!({"total": keys.len(), "keys": keys})))
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
