//! What tenants are assigned.

use actix_web::{HttpResponse, web};
use magone_core::error::ErrorCode;
use magone_core::ids::TenantWorkflowId;
use magone_core::time::Timestamp;
use magone_service::{Assignment, Effective, stored_overrides};
use magone_store::TenantWorkflow;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::api::openapi::Doc;
use crate::auth::{Admin, AdminBody, ReadTenants, ReadWorkflows, WriteWorkflows};
use crate::problem::Problem;
use crate::state::AppState;

/// What a tenant may run.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "AssignmentList")]
struct List {
    /// How many there are.
    total: usize,
    /// By slug.
    workflows: Vec<Shown>,
}

/// What a tenant is assigned.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Assignment")]
struct Shown {
    id: TenantWorkflowId,
    /// The tenant's name for it.
    slug: String,
    /// What people call it; null: as the definition says.
    name: Option<String>,
    /// What it is for; null: as the definition says.
    description: Option<String>,
    /// The definition's id.
    definition: String,
    /// The version that it stays at; null where it follows the latest.
    version: Option<u32>,
    /// What the tenant has otherwise than the definition.
    #[schemars(schema_with = "stored_overrides")]
    config_overrides: Value,
    created_at: Timestamp,
    updated_at: Timestamp,
}

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
    let workflows: Vec<_> = found.into_iter().map(shown).collect();
    Ok(HttpResponse::Ok().json(List { total: workflows.len(), workflows }))
}

pub(in crate::api) fn list_doc() -> Doc {
    Doc::new("listAssignments", "What a tenant may run")
        .answers::<List>(200, "All of it.")
        .fails(&[ErrorCode::NotFound])
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
    Ok(HttpResponse::Ok().json(shown(state.call(assign).await?)))
}

pub(in crate::api) fn assign_doc() -> Doc {
    Doc::new("assignWorkflow", "Let a tenant run a definition, under a slug of its own")
        .about("`config_overrides` stay as they are where they are absent.")
        .takes::<Assignment>(json!({"definition": "kpi-sales", "version": "latest"}))
        .answers::<Shown>(200, "What it is assigned now.")
        .fails(&[ErrorCode::NotFound])
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

pub(in crate::api) fn unassign_doc() -> Doc {
    Doc::new("unassignWorkflow", "Take a workflow away from a tenant")
        .about("Executions in flight go on.")
        .answers_empty(204, "It is gone.")
        .fails(&[ErrorCode::NotFound])
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

pub(in crate::api) fn effective_doc() -> Doc {
    Doc::new("readEffectiveWorkflow", "What would run right now, with what the tenant overrides")
        .answers::<Effective>(200, "The definition and its versions.")
        .fails(&[ErrorCode::NotFound])
}

fn shown(workflow: TenantWorkflow) -> Shown {
    Shown {
        id: workflow.id,
        slug: workflow.slug,
        name: workflow.name,
        description: workflow.description,
        definition: workflow.definition_id,
        version: workflow.version,
        config_overrides: workflow.overrides.as_deref().cloned().unwrap_or_else(|| json!({})),
        created_at: workflow.created_at,
        updated_at: workflow.updated_at,
    }
}
