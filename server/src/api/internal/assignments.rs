//! What tenants are assigned.

use actix_web::{HttpResponse, web};
use magone_service::Assignment;
use magone_store::TenantWorkflow;
use serde_json::{Value, json};

use crate::auth::{Admin, AdminBody, ReadTenants, ReadWorkflows, WriteWorkflows};
use crate::problem::Problem;
use crate::state::AppState;

/// `GET /api/v1/tenants/{tenant}/workflows`: by slug.
///
/// # Errors
/// 404 for the tenant.
pub async fn list(
    Admin(caller, _): Admin<ReadTenants>,
    state: web::Data<AppState>,
    tenant: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let services = state.services.clone();
    let found = state.call(async move { services.assignments(&caller, &tenant).await }).await?;
    let rows: Vec<Value> = found.iter().map(shown).collect();
    Ok(HttpResponse::Ok().json(json!({"total": rows.len(), "workflows": rows})))
}

/// `PUT /api/v1/tenants/{tenant}/workflows/{slug}`: `{definition, version?, name?, description?,
/// config_overrides?}`, where `version` is a number or `"latest"`, and the overrides stay as they are
/// where they are absent.
///
/// # Errors
/// 404 for tenant, definition or version, or 422.
pub async fn assign(
    AdminBody(caller, body, _): AdminBody<WriteWorkflows>,
    state: web::Data<AppState>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (services, (tenant, slug)) = (state.services.clone(), path.into_inner());
    let assign =
        async move { services.assign_workflow(&caller, &tenant, &slug, Assignment::from_json(body)?).await };
    Ok(HttpResponse::Ok().json(shown(&state.call(assign).await?)))
}

/// `DELETE /api/v1/tenants/{tenant}/workflows/{slug}`. Runs in flight go on.
///
/// # Errors
/// 404.
pub async fn unassign(
    Admin(caller, _): Admin<WriteWorkflows>,
    state: web::Data<AppState>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (services, (tenant, slug)) = (state.services.clone(), path.into_inner());
    state.call(async move { services.unassign_workflow(&caller, &tenant, &slug).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `GET /api/v1/tenants/{tenant}/workflows/{slug}/effective`: what would run right now.
///
/// # Errors
/// 404.
pub async fn effective(
    Admin(caller, _): Admin<ReadWorkflows>,
    state: web::Data<AppState>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (services, (tenant, slug)) = (state.services.clone(), path.into_inner());
    let found = state.call(async move { services.effective_workflow(&caller, &tenant, &slug).await }).await?;
    Ok(HttpResponse::Ok().json(found))
}

/// How an assignment is listed; `version` is null where it follows the latest.
fn shown(workflow: &TenantWorkflow) -> Value {
    json!({
        "id": workflow.id,
        "slug": workflow.slug,
        "name": workflow.name,
        "description": workflow.description,
        "definition": workflow.definition_id,
        "version": workflow.version,
        "config_overrides": workflow.overrides.as_deref().cloned().unwrap_or_else(|| json!({})),
        "created_at": workflow.created_at,
        "updated_at": workflow.updated_at,
    })
}
