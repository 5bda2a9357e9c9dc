//! Decisions that runs wait for.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use magone_core::error::ErrorCode;
use magone_core::execution::{Decision, ExecutionView};
use magone_core::ids::ExecutionId;
use serde_json::json;

use crate::api::openapi::Doc;
use crate::auth::{Execute, WithBody};
use crate::problem::Problem;
use crate::state::AppState;

/// `POST /executions/{id}/approvals/{approval_id}`: `{"decision": "approve" | "reject", "data": …,
/// "comment": …}`.
///
/// # Errors
/// 404, 409 when it was decided already, 422 when the data does not fit.
pub async fn decide(
    WithBody(caller, body, _): WithBody<Execute>,
    state: web::Data<AppState>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let ((id, approval), services) = (path.into_inner(), state.services.clone());
    let id = ExecutionId::from_text(id);
    let view =
        state.call(async move { services.decide_approval(&caller, &id, approval, body).await }).await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(view))
}

pub(in crate::api) fn decide_doc() -> Doc {
    Doc::new("decideApproval", "Decide what an execution waits for")
        .about("`data` has to fit the schema that `approval.required` names.")
        .takes::<Decision>(json!({"decision": "approve", "comment": "Looks right"}))
        .answers::<ExecutionView>(200, "The decision is on disk.")
        .fails(&[ErrorCode::NotFound, ErrorCode::Conflict])
}
