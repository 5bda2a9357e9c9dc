//! Is the process there, and are requests to be sent to it?

use actix_web::{HttpResponse, web};
use magone_core::error::ErrorCode;
use serde_json::json;

use crate::problem::Problem;
use crate::state::AppState;

/// `GET /health`: the first API's answer; cheap, no dependency is asked.
pub async fn health() -> HttpResponse {
    HttpResponse::Ok().json(json!({
        "status": "healthy",
        "service": "magone",
        "version": env!("CARGO_PKG_VERSION"),
    }))
}

/// `GET /livez`: the process answers.
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "alive"}))
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
    Ok(HttpResponse::Ok().json(json!({"status": "ready", "checks": {"database": "ok", "recovery": "ok"}})))
}
