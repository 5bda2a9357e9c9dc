//! Is the process there, and are requests to be sent to it?

use actix_web::{HttpResponse, web};
use magone_core::error::ErrorCode;
use schemars::JsonSchema;
use serde::Serialize;

use super::openapi::Doc;
use crate::problem::Problem;
use crate::state::AppState;

/// That the server is there.
#[derive(JsonSchema, Serialize)]
pub(super) struct Health {
    /// `healthy`.
    status: &'static str,
    /// Which of Magone's services answers.
    service: &'static str,
    /// Its version.
    version: &'static str,
}

/// That the process answers.
#[derive(JsonSchema, Serialize)]
pub(super) struct Liveness {
    /// `alive`.
    status: &'static str,
}

/// That requests are welcome.
#[derive(JsonSchema, Serialize)]
pub(super) struct Ready {
    /// `ready`.
    status: &'static str,
    /// Each dependency.
    checks: Checks,
}

/// What the server depends on; `ok` each.
#[derive(JsonSchema, Serialize)]
struct Checks {
    /// Whether the database answers.
    database: &'static str,
    /// Whether unfinished executions go on.
    recovery: &'static str,
}

/// `GET /health`: the first API's answer; cheap, no dependency is asked.
pub async fn health() -> HttpResponse {
    let version = env!("CARGO_PKG_VERSION");
    HttpResponse::Ok().json(Health { status: "healthy", service: "magone", version })
}

pub(super) fn health_doc() -> Doc {
    Doc::new("health", "Whether the server is there")
        .about("Cheap: no dependency is asked.")
        .answers::<Health>(200, "It is.")
}

/// `GET /livez`: the process answers.
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().json(Liveness { status: "alive" })
}

pub(super) fn live_doc() -> Doc {
    Doc::new("alive", "Whether the process answers").answers::<Liveness>(200, "It does.")
}

/// `GET /readyz`: whether requests are to be sent here.
///
/// # Errors
/// 503 `draining` at shutdown, 503 `overloaded` while a dependency is away, naming it.
pub async fn ready(state: web::Data<AppState>) -> Result<HttpResponse, Problem> {
    if state.readiness.draining() {
        return Err(Problem::new(ErrorCode::Draining, "The server is shutting down"));
    }
    if !state.readiness.recovered() {
        let detail = "Unfinished executions are still being read from the database";
        return Err(Problem::new(ErrorCode::Overloaded, detail));
    }
    let services = state.services.clone();
    state.call(async move { services.database_answers().await }).await?;
    let checks = Checks { database: "ok", recovery: "ok" };
    Ok(HttpResponse::Ok().json(Ready { status: "ready", checks }))
}

pub(super) fn ready_doc() -> Doc {
    Doc::new("ready", "Whether requests are to be sent here")
        .answers::<Ready>(200, "They are.")
        .fails(&[ErrorCode::Draining])
}
