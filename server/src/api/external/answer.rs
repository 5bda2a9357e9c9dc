//! What calls that start runs answer.

use actix_web::HttpResponse;
use actix_web::http::header;
use magone_core::execution::ExecutionView;
use magone_core::execution::Status;
use magone_core::ids::ExecutionId;
use magone_service::Waited;
use schemars::JsonSchema;
use serde::Serialize;

use super::status_url;

/// An execution that was accepted.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "StartedExecution")]
pub(super) struct Started {
    execution_id: ExecutionId,
    /// `running`, also while it waits for its turn.
    status: Status,
    /// Where its status is.
    status_url: String,
}

/// An execution that takes longer than the caller waits.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "RunningExecution")]
pub(super) struct Running {
    #[serde(flatten)]
    execution: ExecutionView,
    /// Where its status is.
    status_url: String,
}

/// 200 with the end of a run; 202 with how it is while it goes on.
pub(super) fn of_run(run: &Waited) -> HttpResponse {
    match run {
        Waited::Ended(view) => {
            HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(view)
        }
        Waited::Running(view) => accepted(&view.execution_id, &going_on(view)),
    }
}

/// 202 with where a run is that was just started.
pub(super) fn of_start(id: &ExecutionId) -> HttpResponse {
    let started = Started { status: Status::Running, status_url: status_url(id), execution_id: id.clone() };
    accepted(id, &started)
}

fn going_on(view: &ExecutionView) -> Running {
    let mut execution = view.clone();
    execution.status = Status::Running;
    Running { execution, status_url: status_url(&view.execution_id) }
}

fn accepted(id: &ExecutionId, body: &impl Serialize) -> HttpResponse {
    HttpResponse::Accepted()
        .insert_header((header::LOCATION, status_url(id)))
        .insert_header((header::RETRY_AFTER, "1"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(body)
}
