//! Trying runs again.

use actix_web::{HttpRequest, HttpResponse, web};
use magone_core::error::ErrorCode;
use magone_core::execution::ExecutionView;
use magone_core::ids::ExecutionId;
use magone_service::RetryRequest;
use serde_json::json;

use super::answer::{self, Started};
use super::execute::START;
use crate::api::openapi::{Doc, Header};
use crate::api::{idempotency, prefer};
use crate::auth::{Execute, WithBody};
use crate::problem::Problem;
use crate::state::AppState;

/// `POST /executions/{id}/retry`: another run of the same input; `{"from": "failed_step"}` takes over what
/// had ended. Answers as soon as that run is on disk, or with its end within `Prefer: wait=<seconds>`.
///
/// # Errors
/// 404, 409 for a run that did not fail, 422.
pub async fn retry(
    WithBody(caller, body, _): WithBody<Execute>,
    request: HttpRequest,
    state: web::Data<AppState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let key = idempotency::key(request.headers())?;
    let wish = prefer::wish(request.headers());
    let failed = ExecutionId::from_text(id.into_inner());
    let (services, asking) = (state.services.clone(), caller.clone());
    let begun = async move { services.retry(&asking, &failed, body, key.as_ref()).await };
    let begun = state.call(begun).await?;
    let mut response = match (&wish, begun.replayed) {
        (None, false) => answer::of_start(&begun.execution_id),
        (wish, _) => {
            let wait = wish.as_ref().map(|wish| wish.wait).unwrap_or_default();
            let (services, stopping) = (state.services.clone(), state.stopping.clone());
            let run = begun.execution_id;
            let attended =
                async move { services.attend(&caller, run, Some(wait), stopping.cancelled()).await };
            answer::of_run(&state.call(attended).await?)
        }
    };
    idempotency::mark(&mut response, begun.replayed);
    prefer::applied(&mut response, wish.as_ref());
    Ok(response)
}

pub(in crate::api) fn retry_doc() -> Doc {
    Doc::new("retryExecution", "Run a failed execution's input once more")
        .about("`{\"from\": \"failed_step\"}` takes over what had ended.")
        .may_take::<RetryRequest>(json!({"from": "failed_step"}))
        .reads(Header::PREFER)
        .reads(Header::IDEMPOTENCY_KEY)
        .answers::<Started>(202, "It is on disk, and will reach an end.")
        .gives(Header::LOCATION)
        .gives(Header::RETRY_AFTER)
        .gives(Header::PREFERENCE_APPLIED)
        .gives(Header::IDEMPOTENCY_REPLAYED)
        .leads_to("readExecution", "id", "$response.body#/execution_id")
        .answers::<ExecutionView>(200, "It ended.")
        .gives(Header::PREFERENCE_APPLIED)
        .gives(Header::IDEMPOTENCY_REPLAYED)
        .fails(&START)
        .fails(&[ErrorCode::Conflict])
}
