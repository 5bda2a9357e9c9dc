//! Which web pages may call (the Fetch standard's CORS protocol): those of the operator's list for every
//! tenant, and each tenant's own for that tenant. A preflight carries no key, so it is answered by all lists
//! together; the request itself is judged by its tenant's.

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use magone_core::error::ErrorCode;
use magone_core::tenant::Tenant;

use super::Gate;
use crate::problem::Problem;
use crate::state::AppState;

const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE, OPTIONS");
const REQUEST_HEADERS: HeaderValue = HeaderValue::from_static(
    "X-API-Key, Authorization, Content-Type, Idempotency-Key, If-Match, Prefer, Last-Event-ID, traceparent, \
     X-Request-Id",
);
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "RateLimit, RateLimit-Policy, Retry-After, Location, X-Request-Id, Idempotency-Replayed",
);
/// Seconds that a browser believes a preflight: two hours, as long as any does.
const MAX_AGE: HeaderValue = HeaderValue::from_static("7200");
const TRUE: HeaderValue = HeaderValue::from_static("true");

/// The origin that a request names; one that is no text is an unknown one.
fn origin(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::ORIGIN).map(|value| value.to_str().unwrap_or("?"))
}

/// Whether a tenant's page, or nobody's, calls.
///
/// # Errors
/// [`ErrorCode::OriginNotAllowed`].
pub fn check(request: &HttpRequest, tenant: Option<&Tenant>) -> Result<(), Problem> {
    let gate = request.app_data::<web::Data<Gate>>();
    let (Some(origin), Some(gate)) = (origin(request.headers()), gate) else { return Ok(()) };
    let of_tenant = tenant.is_some_and(|tenant| tenant.cors_origins().any(|known| known == origin));
    if of_tenant || gate.origins.contains(origin) { Ok(()) } else { Err(refused(origin)) }
}

fn refused(origin: &str) -> Problem {
    let detail = format!(
        "The origin '{origin}' may not call: add it to the tenant's setting 'cors_origins', or to CORS_ORIGINS"
    );
    Problem::new(ErrorCode::OriginNotAllowed, detail)
}

/// Whether any list has the request's origin; `None` where it names none, or there are no lists here.
pub(super) async fn known(request: &ServiceRequest) -> Option<bool> {
    let origin = origin(request.headers())?.to_owned();
    if request.app_data::<web::Data<Gate>>()?.origins.contains(&origin) {
        return Some(true);
    }
    let state = request.app_data::<web::Data<AppState>>()?.clone();
    let services = state.services.clone();
    let all = state.call(async move { services.catalog().origins().await }).await;
    Some(all.is_ok_and(|all| all.contains(&origin)))
}

/// The answer to a preflight; `None` for what is none.
pub(super) fn preflight(
    request: &ServiceRequest,
    known: Option<bool>,
) -> Option<Result<HttpResponse, Problem>> {
    let asks = request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let (true, Some(known), Some(origin)) = (asks, known, origin(request.headers())) else { return None };
    if !known {
        return Some(Err(refused(origin)));
    }
    let answer = HttpResponse::NoContent()
        .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, METHODS))
        .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS))
        .insert_header((header::ACCESS_CONTROL_MAX_AGE, MAX_AGE))
        .finish();
    Some(Ok(answer))
}

/// Lets a page that may call read the answer: its own origin is named, never all of them.
pub(super) fn echo(response: &mut ServiceResponse<BoxBody>, known: Option<bool>) {
    if response.request().app_data::<web::Data<Gate>>().is_none() {
        return;
    }
    let origin = response.request().headers().get(header::ORIGIN).cloned();
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_name(header::ORIGIN));
    if let (Some(true), Some(origin)) = (known, origin) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
}
