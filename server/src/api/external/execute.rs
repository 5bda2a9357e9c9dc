//! Starting runs.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use magone_core::ids::ExecutionId;
use magone_service::Waited;
use serde_json::json;

use super::status_url;
use crate::api::prefer;
use crate::auth::{Execute, WithBody};
use crate::problem::Problem;
use crate::state::AppState;

/// `POST /execute/{slug}`: waits for the result; 202 when that takes longer than the caller or the
/// definition lets it.
///
/// # Errors
/// Problems of the contract's section 4.
pub async fn wait(
    WithBody(caller, body, _): WithBody<Execute>,
    request: HttpRequest,
    state: web::Data<AppState>,
    slug: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let wish = prefer::wish(request.headers());
    let wait = wish.as_ref().map(|wish| wish.wait);
    let (services, stopping) = (state.services.clone(), state.stopping.clone());
    let waited = state
        .call(async move { services.run_and_wait(&caller, &slug, body, wait, stopping.cancelled()).await });
    let mut response = match waited.await? {
        Waited::Ended(view) => {
            HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(&*view)
        }
        Waited::Running(view) => {
            let mut body = serde_json::to_value(&*view).unwrap_or_default();
            if let Some(members) = body.as_object_mut() {
                members.insert("status".to_owned(), json!("running"));
                members.insert("status_url".to_owned(), json!(status_url(&view.execution_id)));
            }
            accepted(&view.execution_id, &body)
        }
    };
    if let Some(wish) = wish {
        let name = header::HeaderName::from_static("preference-applied");
        if let Ok(applied) = header::HeaderValue::from_str(&wish.applied) {
            response.headers_mut().insert(name, applied);
        }
    }
    Ok(response)
}

/// `POST /execute/{slug}/async`: answers as soon as the run is on disk.
///
/// # Errors
/// Problems of the contract's section 4.
pub async fn start(
    WithBody(caller, body, _): WithBody<Execute>,
    state: web::Data<AppState>,
    slug: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let services = state.services.clone();
    let id = state.call(async move { services.run(&caller, &slug, body).await }).await?;
    let body = json!({"execution_id": id, "status": "running", "status_url": status_url(&id)});
    Ok(accepted(&id, &body))
}

fn accepted(id: &ExecutionId, body: &serde_json::Value) -> HttpResponse {
    HttpResponse::Accepted()
        .insert_header((header::LOCATION, status_url(id)))
        .insert_header((header::RETRY_AFTER, "1"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(body)
}
