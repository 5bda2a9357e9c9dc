//! Tenants.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use magone_service::{NewTenantRequest, TenantChanges};
use serde_json::json;

use crate::auth::{Admin, AdminBody, ReadTenants, WriteTenants};
use crate::problem::Problem;
use crate::state::AppState;

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
    Ok(HttpResponse::Ok().json(json!({"total": tenants.len(), "tenants": tenants})))
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
        .json(json!({"tenant": created.tenant, "key": created.key.reveal()})))
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
    Ok(HttpResponse::Accepted().json(json!({"tenant_id": tenant.id, "state": "erasing"})))
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
