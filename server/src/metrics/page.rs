//! `GET /metrics`.

use std::sync::{Mutex, PoisonError};

use actix_web::http::header::HeaderMap;
use actix_web::{HttpRequest, HttpResponse, web};
use magone_core::error::ErrorCode;
use magone_service::ServiceError;
use prometheus::TextEncoder;
use schemars::SchemaGenerator;

use super::instruments::{self, ACTORS, IN_WORK, REGISTRY, WRITER_GROUPS, WRITER_UNITS};
use crate::api::openapi::Doc;
use crate::edge::Gate;
use crate::problem::Problem;
use crate::state::AppState;

/// Headers by which proxies tell that they hand on somebody else's request.
const FORWARDED: [&str; 5] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];
/// Figures that are read when they are asked for are put in place by one reader at a time.
static READING: Mutex<()> = Mutex::new(());

/// The figures, for who asks directly: through a proxy, or where they have a listener of their own, there
/// is nothing here.
///
/// # Errors
/// 404.
pub async fn read(request: HttpRequest, state: web::Data<AppState>) -> Result<HttpResponse, Problem> {
    let gate = request.app_data::<web::Data<Gate>>();
    if is_forwarded(request.headers()) || gate.is_some_and(|gate| gate.metrics_elsewhere) {
        return Err(ServiceError::not_found("Page", "/metrics").into());
    }
    Ok(HttpResponse::Ok()
        .content_type(prometheus::TEXT_FORMAT)
        .body(render(&state, gate.map(|gate| &***gate))))
}

pub(crate) fn read_doc() -> Doc {
    Doc::new("readMetrics", "Figures, as Prometheus reads them")
        .about("Only for who asks directly, not through a proxy.")
        .answers_as(200, "text/plain", "The figures.", SchemaGenerator::subschema_for::<String>)
        .fails(&[ErrorCode::NotFound])
}

fn is_forwarded(headers: &HeaderMap) -> bool {
    FORWARDED.iter().any(|name| headers.contains_key(*name))
}

/// The page.
#[must_use]
pub fn render(state: &AppState, gate: Option<&Gate>) -> String {
    let _one = READING.lock().unwrap_or_else(PoisonError::into_inner);
    instruments::declare();
    let states = state.live.states();
    instruments::in_flight(|state| states.get(&state).copied().unwrap_or_default());
    instruments::set(&ACTORS, "execution", state.live.in_flight());
    instruments::set(&ACTORS, "tenant", state.live.tenants());
    if let Some(gate) = gate {
        IN_WORK.set(i64::try_from(gate.load.in_work()).unwrap_or(i64::MAX));
    }
    let (transactions, units) = state.services.written();
    WRITER_GROUPS.reset();
    WRITER_GROUPS.inc_by(transactions);
    WRITER_UNITS.reset();
    WRITER_UNITS.inc_by(units);
    TextEncoder::new().encode_to_string(&REGISTRY.gather()).unwrap_or_default()
}
