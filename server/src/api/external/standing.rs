//! What a tenant may use, what it used, and whose key it has.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use magone_service::{Identity, TenantLimits, TenantUsage};
use serde::Serialize;

use crate::api::openapi::Doc;
use crate::auth::{AnyKey, Read, Tenant};
use crate::problem::Problem;
use crate::state::AppState;

/// `GET /limits`: rates, runs at a time and quotas, as they stand.
///
/// # Errors
/// What the store says.
pub async fn limits(
    Tenant(caller, _): Tenant<AnyKey>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let services = state.services.clone();
    Ok(fresh(&state.call(async move { services.limits(&caller).await }).await?))
}

/// `GET /usage`: runs, tokens and cost of this day and month, in UTC.
///
/// # Errors
/// What the store says.
pub async fn usage(
    Tenant(caller, _): Tenant<Read>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let services = state.services.clone();
    Ok(fresh(&state.call(async move { services.usage(&caller).await }).await?))
}

/// `GET /me`: the tenant and the key of this request.
///
/// # Errors
/// Never, once the key is valid.
pub async fn me(Tenant(caller, _): Tenant<AnyKey>) -> Result<HttpResponse, Problem> {
    Ok(fresh(&caller.identity()))
}

fn fresh(body: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(body)
}

pub(in crate::api) fn limits_doc() -> Doc {
    Doc::new("readLimits", "Rates, executions at a time and quotas, as they stand")
        .answers::<TenantLimits>(200, "The very figures that are enforced.")
}

pub(in crate::api) fn usage_doc() -> Doc {
    Doc::new("readUsage", "Executions, tokens and cost of this day and month, in UTC")
        .answers::<TenantUsage>(200, "What was used.")
}

pub(in crate::api) fn me_doc() -> Doc {
    Doc::new("readMe", "The tenant and the key of this request").answers::<Identity>(200, "Whose key it is.")
}
