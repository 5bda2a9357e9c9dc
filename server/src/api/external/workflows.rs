//! What a tenant may run.

use actix_web::{HttpResponse, web};
use serde_json::json;

use crate::auth::{Read, Tenant};
use crate::problem::Problem;
use crate::state::AppState;

/// `GET /workflows`.
///
/// # Errors
/// What the store says.
pub async fn list(
    Tenant(caller, _): Tenant<Read>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let services = state.services.clone();
    let workflows = state.call(async move { services.workflows(&caller).await }).await?;
    Ok(HttpResponse::Ok().json(json!({"total": workflows.len(), "workflows": workflows})))
}

/// `GET /workflows/{slug}`.
///
/// # Errors
/// 404 for a slug that is not the tenant's.
pub async fn one(
    Tenant(caller, _): Tenant<Read>,
    state: web::Data<AppState>,
    slug: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let services = state.services.clone();
    let workflow = state.call(async move { services.workflow(&caller, &slug).await }).await?;
    Ok(HttpResponse::Ok().json(workflow))
}
