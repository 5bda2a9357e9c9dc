//! What calls that start runs answer.

use actix_web::HttpResponse;
use actix_web::http::header;
use magone_core::execution::ExecutionView;
use magone_core::ids::ExecutionId;
use magone_service::Waited;
use serde_json::{Value, json};

use super::status_url;

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
    accepted(id, &json!({"execution_id": id, "status": "running", "status_url": status_url(id)}))
}

fn going_on(view: &ExecutionView) -> Value {
    let mut body = serde_json::to_value(view).unwrap_or_default();
    if let Some(members) = body.as_object_mut() {
        members.insert("status".to_owned(), json!("running"));
        members.insert("status_url".to_owned(), json!(status_url(&view.execution_id)));
    }
    body
}

fn accepted(id: &ExecutionId, body: &Value) -> HttpResponse {
    HttpResponse::Accepted()
        .insert_header((header::LOCATION, status_url(id)))
        .insert_header((header::RETRY_AFTER, "1"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(body)
}
