//! A tenant's program, known by its key.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use magone_service::{ServiceError, TenantCaller};

use super::bearer;
use crate::problem::Problem;
use crate::state::AppState;

/// The caller of a tenant's endpoint.
#[derive(Clone, Debug)]
pub struct Tenant(pub TenantCaller);

impl FromRequest for Tenant {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { authenticate(&request).await.map(Self) })
    }
}

/// The caller of a request.
pub(super) async fn authenticate(request: &HttpRequest) -> Result<TenantCaller, Problem> {
    let key = bearer::credential(request.headers())?.ok_or(ServiceError::KeyMissing)?;
    let state = request
        .app_data::<web::Data<AppState>>()
        .ok_or_else(|| ServiceError::Internal("the application has no state".to_owned()))?;
    if let Some(known) = state.services.catalog().known(&key, (state.now)()) {
        return Ok(known?);
    }
    let (services, now) = (state.services.clone(), (state.now)());
    state.call(async move { services.catalog().authenticate(&key, now).await }).await
}
