//! Decisions that runs wait for.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use magone_core::ids::ExecutionId;

use crate::auth::WithBody;
use crate::problem::Problem;
use crate::state::AppState;

/// `POST /executions/{id}/approvals/{approval_id}`: `{"decision": "approve" | "reject", "data": …,
/// "comment": …}`.
///
/// # Errors
/// 404, 409 when it was decided already, 422 when the data does not fit.
pub async fn decide(
    state: web::Data<AppState>,
    path: web::Path<(String, String)>,
    WithBody(caller, body): WithBody,
) -> Result<HttpResponse, Problem> {
    let ((id, approval), services) = (path.into_inner(), state.services.clone());
    let id = ExecutionId::from_text(id);
    let view =
        state.call(async move { services.decide_approval(&caller, &id, approval, body).await }).await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(view))
}
