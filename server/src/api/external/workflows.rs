//! What a tenant may run.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use magone_core::error::ErrorCode;
use magone_service::WorkflowInfo;
use schemars::JsonSchema;
use serde::Serialize;

use crate::api::openapi::Doc;
use crate::auth::{Read, Tenant};
use crate::problem::Problem;
use crate::state::AppState;

/// What the key may run.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "WorkflowList")]
struct List {
    /// How many there are.
    total: usize,
    /// By slug.
    workflows: Vec<Arc<WorkflowInfo>>,
}

/// `GET /workflows`.
///
/// # Errors
/// What the store says.
pub async fn list(
    Tenant(caller, _): Tenant<Read>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let workflows = match state.services.known_workflows(&caller) {
        Some(known) => known,
        None => {
            let services = state.services.clone();
            state.call(async move { services.workflows(&caller).await }).await?
        }
    };
    Ok(HttpResponse::Ok().json(List { total: workflows.len(), workflows }))
}

pub(in crate::api) fn list_doc() -> Doc {
    Doc::new("listWorkflows", "The workflows that you may run").answers::<List>(200, "All of them.")
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

pub(in crate::api) fn one_doc() -> Doc {
    Doc::new("readWorkflow", "One workflow, with the schemas of its input and output")
        .answers::<WorkflowInfo>(200, "The workflow.")
        .fails(&[ErrorCode::NotFound])
}
