//! A tenant's program, known by its key.

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap, HeaderName};
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use magone_core::error::ErrorCode;
use magone_service::{ServiceError, TenantCaller};

use crate::problem::Problem;
use crate::state::AppState;

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

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
    let key = key_of(request.headers())?;
    let state = request
        .app_data::<web::Data<AppState>>()
        .ok_or_else(|| ServiceError::Internal("the application has no state".to_owned()))?;
    if let Some(known) = state.services.catalog().known(&key, (state.now)()) {
        return Ok(known?);
    }
    let (services, now) = (state.services.clone(), (state.now)());
    state.call(async move { services.catalog().authenticate(&key, now).await }).await
}

fn key_of(headers: &HeaderMap) -> Result<String, Problem> {
    if headers.get_all(X_API_KEY).count() > 1 {
        let detail = "The header X-API-Key was sent more than once";
        return Err(Problem::new(ErrorCode::MalformedRequest, detail));
    }
    if let Some(value) = headers.get(X_API_KEY) {
        let key = value.to_str().map_err(|_| ServiceError::KeyInvalid)?.trim();
        return if key.is_empty() { Err(ServiceError::KeyMissing.into()) } else { Ok(key.to_owned()) };
    }
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| {
        let (scheme, key) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| key.trim().to_owned())
    });
    Ok(bearer.filter(|key| !key.is_empty()).ok_or(ServiceError::KeyMissing)?)
}
