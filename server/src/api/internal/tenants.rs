//! Tenants.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use magone_core::error::ErrorCode;
use magone_core::ids::TenantId;
use magone_core::tenant::Tenant;
use magone_service::{ErasureRequest, NewTenantRequest, TenantChanges};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::api::openapi::{Doc, Header};
use crate::auth::{Admin, AdminBody, ReadTenants, WriteTenants};
use crate::problem::Problem;
use crate::state::AppState;

/// All tenants.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "TenantList")]
struct List {
    /// How many there are.
    total: usize,
    /// By slug.
    tenants: Vec<Tenant>,
}

/// A new tenant.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "CreatedTenant")]
struct Created<'a> {
    tenant: Tenant,
    /// Its first key, shown only now.
    key: &'a str,
}

/// A tenant that is being erased.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Erasure")]
struct Erasing {
    /// `erasing`.
    state: &'static str,
    /// The tenant; the entry of the audit log that says when it is done names it, too.
    tenant_id: TenantId,
}

/// `GET /api/v1/tenants`: all of them, by slug.
///
/// # Errors
/// What the store says.
pub async fn list(
    Admin(caller, _): Admin<ReadTenants>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let services = state.services.clone();
    let tenants = state.call(async move { services.tenants(&caller).await }).await?;
    Ok(HttpResponse::Ok().json(List { total: tenants.len(), tenants }))
}

pub(in crate::api) fn list_doc() -> Doc {
    Doc::new("listTenants", "All tenants").answers::<List>(200, "All of them.")
}

/// `POST /api/v1/tenants`: the answer shows the first key, for the only time.
///
/// # Errors
/// 422, or 409 when the slug is taken.
pub async fn create(
    AdminBody(caller, body, _): AdminBody<WriteTenants>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let services = state.services.clone();
    let create = async move { services.create_tenant(&caller, NewTenantRequest::from_json(body)?).await };
    let created = state.call(create).await?;
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, format!("/api/v1/tenants/{}", created.tenant.slug)))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Created { key: created.key.reveal(), tenant: created.tenant }))
}

pub(in crate::api) fn create_doc() -> Doc {
    Doc::new("createTenant", "Make a tenant")
        .takes::<NewTenantRequest>(json!({"name": "Acme", "slug": "acme", "rate_limit_per_minute": 60}))
        .answers::<Created>(201, "The tenant, with its first key.")
        .gives(Header::LOCATION)
        .leads_to("readTenant", "tenant", "$response.body#/tenant/slug")
        .leads_to("deleteTenant", "tenant", "$response.body#/tenant/slug")
        .fails(&[ErrorCode::Conflict])
}

/// `GET /api/v1/tenants/{tenant}`.
///
/// # Errors
/// 404.
pub async fn one(
    Admin(caller, _): Admin<ReadTenants>,
    state: web::Data<AppState>,
    slug: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let services = state.services.clone();
    let tenant = state.call(async move { services.tenant(&caller, &slug).await }).await?;
    Ok(HttpResponse::Ok().json(tenant))
}

pub(in crate::api) fn one_doc() -> Doc {
    Doc::new("readTenant", "One tenant").answers::<Tenant>(200, "The tenant.").fails(&[ErrorCode::NotFound])
}

/// `PATCH /api/v1/tenants/{tenant}`: `{name?, rate_limit_per_minute?, settings?}`; a setting that is
/// null goes back to its default.
///
/// # Errors
/// 404, or 422 with a pointer for each member and each setting.
pub async fn update(
    AdminBody(caller, body, _): AdminBody<WriteTenants>,
    state: web::Data<AppState>,
    slug: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let services = state.services.clone();
    let update = async move { services.update_tenant(&caller, &slug, TenantChanges::from_json(body)?).await };
    Ok(HttpResponse::Ok().json(state.call(update).await?))
}

pub(in crate::api) fn update_doc() -> Doc {
    Doc::new("updateTenant", "Change a tenant")
        .about("What is absent stays; a setting that is null goes back to its default.")
        .takes::<TenantChanges>(json!({"settings": {"max_concurrent_runs": 20}}))
        .answers::<Tenant>(200, "The tenant as it is now.")
        .fails(&[ErrorCode::NotFound])
}

/// `DELETE /api/v1/tenants/{tenant}`.
///
/// # Errors
/// 404, or 409 naming the runs that have not ended.
pub async fn delete(
    Admin(caller, _): Admin<WriteTenants>,
    state: web::Data<AppState>,
    slug: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let services = state.services.clone();
    state.call(async move { services.delete_tenant(&caller, &slug).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

pub(in crate::api) fn delete_doc() -> Doc {
    Doc::new("deleteTenant", "Delete a tenant")
        .about("Its keys open nothing any more. Executions that have not ended are named in the conflict.")
        .answers_empty(204, "It is gone.")
        .fails(&[ErrorCode::NotFound, ErrorCode::Conflict])
}

/// `POST /api/v1/tenants/{tenant}/erase`: `{confirm}`, the slug once more. From now on its keys open
/// nothing; its runs are cancelled and everything that it has is removed, in the background. The audit
/// log says when that is done (`tenant.erased`).
///
/// # Errors
/// 404, or 422 where `confirm` is not the slug.
pub async fn erase(
    AdminBody(caller, body, _): AdminBody<WriteTenants>,
    state: web::Data<AppState>,
    name: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let services = state.services.clone();
    let tenant = state.call(async move { services.erase_tenant(&caller, &name, body).await }).await?;
    Ok(HttpResponse::Accepted().json(Erasing { state: "erasing", tenant_id: tenant.id }))
}

pub(in crate::api) fn erase_doc() -> Doc {
    Doc::new("eraseTenant", "Remove everything that a tenant has")
        .about("Its keys open nothing from now on; the audit log says when it is done (`tenant.erased`).")
        .takes::<ErasureRequest>(json!({"confirm": "acme"}))
        .answers::<Erasing>(202, "It is being removed.")
        .fails(&[ErrorCode::NotFound, ErrorCode::Conflict])
}

/// `POST /api/v1/tenants/{tenant}/suspend`.
///
/// # Errors
/// 404.
pub async fn suspend(
    Admin(caller, _): Admin<WriteTenants>,
    state: web::Data<AppState>,
    slug: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let services = state.services.clone();
    let switch = async move { services.set_tenant_active(&caller, &slug, false).await };
    Ok(HttpResponse::Ok().json(state.call(switch).await?))
}

pub(in crate::api) fn suspend_doc() -> Doc {
    Doc::new("suspendTenant", "Switch a tenant off")
        .answers::<Tenant>(200, "Its keys are answered 403 now.")
        .fails(&[ErrorCode::NotFound])
}

/// `POST /api/v1/tenants/{tenant}/resume`.
///
/// # Errors
/// 404.
pub async fn resume(
    Admin(caller, _): Admin<WriteTenants>,
    state: web::Data<AppState>,
    slug: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let services = state.services.clone();
    let switch = async move { services.set_tenant_active(&caller, &slug, true).await };
    Ok(HttpResponse::Ok().json(state.call(switch).await?))
}

pub(in crate::api) fn resume_doc() -> Doc {
    Doc::new("resumeTenant", "Switch a tenant on again")
        .answers::<Tenant>(200, "Its keys work again.")
        .fails(&[ErrorCode::NotFound])
}
