//! Runs of the house; any run's status, and what it waits for.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use magone_core::execution::{ExecutionView, Status};
use magone_core::ids::ExecutionId;
use magone_service::Waited;
use serde_json::{Value, json};

use crate::api::prefer;
use crate::auth::{Admin, AdminBody, ReadExecutions, SteerExecutions};
use crate::problem::Problem;
use crate::state::AppState;

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

/// The projection, and the members by which the first API's gateway reads it.
fn answer(status: StatusCode, view: &ExecutionView) -> HttpResponse {
    let mut body = serde_json::to_value(view).unwrap_or_default();
    if let Some(members) = body.as_object_mut() {
        let success = match view.status {
            Status::Completed => Some(true),
            Status::Failed => Some(false),
            Status::Pending | Status::Running => None,
        };
        let content = view.result.as_deref().and_then(|result| result.get("content")).cloned();
        members.insert("success".to_owned(), json!(success));
        members.insert("workflow_id".to_owned(), json!(view.execution_id));
        members.insert("content".to_owned(), content.unwrap_or(Value::Null));
    }
    HttpResponse::build(status).insert_header((header::CACHE_CONTROL, "no-store")).json(body)
}
