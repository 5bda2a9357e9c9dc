//! The outermost middleware.

use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};
use magone_core::error::ErrorCode;
use magone_core::ids::{KeyId, TenantId};

use super::trace::{REQUEST_ID, TRACEPARENT, Trace};
use super::{Gate, compression, cors, refusal};
use crate::metrics;
use crate::problem::Problem;

/// Whose request it is, for the log; noted by whoever let it in.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    /// The tenant.
    pub tenant: TenantId,
    /// Its key.
    pub key: Option<KeyId>,
}

/// Paths that are answered however much is in work, and that are not worth a line in the log.
const PROBES: [&str; 4] = ["/health", "/livez", "/readyz", "/metrics"];

/// What every answer carries, unless it says something else itself.
const ALWAYS: [(HeaderName, HeaderValue); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
];

/// The middleware.
///
/// # Errors
/// Those of the framework itself; what handlers and inner middleware refuse arrives as a response.
pub async fn edge(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let begun = Instant::now();
    let (id, trace) = (super::trace::request_id(request.headers()), Trace::of(request.headers()));
    let path = request.path().to_owned();
    let probe = PROBES.contains(&path.as_str());
    let place = request.app_data::<web::Data<Gate>>().map(|gate| gate.load.enter());
    let known = cors::known(&request).await;
    let mut response = if matches!(place, Some(None)) && !probe {
        let detail = "The server has more requests in work than it takes on at once";
        request.error_response(Problem::new(ErrorCode::Overloaded, detail))
    } else if let Some(answer) = cors::preflight(&request, known) {
        match answer {
            Ok(answer) => request.into_response(answer),
            Err(problem) => request.error_response(problem),
        }
    } else {
        // No clone of the request may be held here: the router wants it to itself.
        next.call(request).await?.map_into_boxed_body()
    };
    let mut known = known;
    if let Some(problem) = refusal::problem_of(&response) {
        refusal::report(&problem, &id);
        if problem.code == ErrorCode::OriginNotAllowed {
            known = Some(false);
        }
        let answer = problem.respond(&id, &path);
        let (http, old) = response.into_parts();
        response = ServiceResponse::new(http, refusal::keep_headers(old.headers(), answer));
    }
    compression::unmark(response.headers_mut());
    cors::echo(&mut response, known);
    dress(response.headers_mut(), &id, &trace);
    note(&response, &id, &trace, begun, probe);
    Ok(response)
}

fn dress(headers: &mut HeaderMap, id: &str, trace: &Trace) {
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, value);
    }
    if let Some(value) = trace.header() {
        headers.insert(TRACEPARENT, value);
    }
    for (name, value) in ALWAYS {
        if !headers.contains_key(&name) {
            headers.insert(name, value);
        }
    }
}

/// One line for each request, and its place among the figures. Never a body, a key or a query.
fn note(response: &ServiceResponse<BoxBody>, id: &str, trace: &Trace, begun: Instant, probe: bool) {
    let request = response.request();
    // The template, never the path itself: there are only so many of them.
    let route = request.match_pattern().unwrap_or_else(|| "unknown".to_owned());
    let (method, status, took) = (request.method(), response.status().as_u16(), begun.elapsed());
    metrics::requested(method, &route, status, took);
    if probe {
        return;
    }
    let extensions = request.extensions();
    let identity = extensions.get::<Identity>();
    tracing::info!(
        http.method = %method,
        http.route = %route,
        http.status = status,
        duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        request.id = id,
        trace.id = %trace.id,
        tenant.id = identity.map(|identity| identity.tenant.as_str()),
        key.id = identity.and_then(|identity| identity.key.as_ref()).map(KeyId::as_str),
        "request"
    );
}
