//! Runs of the house; any run's status, and what it waits for.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use magone_core::error::ErrorCode;
use magone_core::execution::{Decision, ExecutionView, Status};
use magone_core::ids::ExecutionId;
use magone_service::{HouseRequest, Waited};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::api::openapi::{Doc, Header};
use crate::api::prefer;
use crate::auth::{Admin, AdminBody, ReadExecutions, SteerExecutions};
use crate::problem::Problem;
use crate::state::AppState;

/// The projection, and the members by which the first API's gateway reads it.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "HouseExecution")]
struct Shown<'a> {
    #[serde(flatten)]
    execution: &'a ExecutionView,
    /// Whether it completed; null before its end.
    success: Option<bool>,
    /// The execution's id again.
    workflow_id: &'a ExecutionId,
    /// The result's `content`.
    content: Value,
}

/// `POST /api/v1/workflow/execute`: `{agent_id, user_input, workflow_definition, session_id}`; waits
/// for the result, 202 when that takes longer than the caller or the definition lets it. A
/// definition that comes along asks for one scope more: `definitions:inline`.
///
/// # Errors
/// 403, 404, or 422.
pub async fn execute(
    AdminBody(caller, body, _): AdminBody<SteerExecutions>,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let wish = prefer::wish(request.headers());
    let wait = wish.as_ref().map(|wish| wish.wait);
    let (services, stopping) = (state.services.clone(), state.stopping.clone());
    let run = async move { services.run_for_house(&caller, body, wait, stopping.cancelled()).await };
    let mut response = match state.call(run).await? {
        Waited::Ended(view) => answer(StatusCode::OK, &view),
        Waited::Running(view) => {
            let mut response = answer(StatusCode::ACCEPTED, &view);
            let place = format!("/api/v1/workflow/status/{}", view.execution_id);
            if let Ok(place) = header::HeaderValue::from_str(&place) {
                response.headers_mut().insert(header::LOCATION, place);
            }
            response
        }
    };
    prefer::applied(&mut response, wish.as_ref());
    Ok(response)
}

/// `GET /api/v1/workflow/status/{workflow_id}`: the projection of any run.
///
/// # Errors
/// 404.
pub async fn status(
    Admin(caller, _): Admin<ReadExecutions>,
    state: web::Data<AppState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let (services, id) = (state.services.clone(), ExecutionId::from_text(id.into_inner()));
    let found = state.call(async move { services.any_execution(&caller, &id).await }).await?;
    Ok(answer(StatusCode::OK, &found.view))
}

/// `POST /api/v1/executions/{id}/approvals/{approval_id}`: what a run of any tenant waits for;
/// `{"decision": "approve" | "reject", "data": …, "comment": …}`.
///
/// # Errors
/// 404, 409 when it was decided already, 422 when the data does not fit.
pub async fn decide(
    AdminBody(caller, body, _): AdminBody<SteerExecutions>,
    state: web::Data<AppState>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let ((id, approval), services) = (path.into_inner(), state.services.clone());
    let id = ExecutionId::from_text(id);
    let decide = async move { services.decide_any_approval(&caller, &id, approval, body).await };
    Ok(answer(StatusCode::OK, &state.call(decide).await?))
}

pub(in crate::api) fn execute_doc() -> Doc {
    Doc::new("executeForHouse", "Run a definition or an agent in the house's name")
        .about("A definition that comes along asks for the scope `definitions:inline` as well.")
        .takes::<HouseRequest>(json!({"agent_id": "kpi-sales", "user_input": "Show me Q4 sales KPIs"}))
        .reads(Header::PREFER)
        .answers::<Shown>(200, "It ended.")
        .answers::<Shown>(202, "It goes on.")
        .gives(Header::LOCATION)
        .gives(Header::PREFERENCE_APPLIED)
        .leads_to("readAnyExecution", "id", "$response.body#/execution_id")
        .fails(&[ErrorCode::NotFound, ErrorCode::Conflict, ErrorCode::TenantSuspended, ErrorCode::Draining])
}

pub(in crate::api) fn status_doc() -> Doc {
    Doc::new("readAnyExecution", "Any tenant's execution")
        .answers::<Shown>(200, "The execution.")
        .fails(&[ErrorCode::NotFound])
}

pub(in crate::api) fn decide_doc() -> Doc {
    Doc::new("decideAnyApproval", "Decide what any tenant's execution waits for")
        .takes::<Decision>(json!({"decision": "reject", "comment": "Not this month"}))
        .answers::<Shown>(200, "The decision is on disk.")
        .fails(&[ErrorCode::NotFound, ErrorCode::Conflict])
}

fn answer(status: StatusCode, view: &ExecutionView) -> HttpResponse {
    let success = match view.status {
        Status::Completed => Some(true),
        Status::Failed => Some(false),
        Status::Pending | Status::Running => None,
    };
    let content = view.result.as_deref().and_then(|result| result.get("content")).cloned();
    let body = Shown {
        execution: view,
        success,
        workflow_id: &view.execution_id,
        content: content.unwrap_or(Value::Null),
    };
    HttpResponse::build(status).insert_header((header::CACHE_CONTROL, "no-store")).json(body)
}
