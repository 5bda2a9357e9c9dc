//! Agents with their versions.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use magone_service::{SaveRequest, ServiceError};
use serde_json::{Value, json};

use super::documents::{self, Compared};
use super::query::{self, Asked};
use crate::auth::{Admin, AdminBody, ReadAgents, WriteAgents};
use crate::problem::Problem;
use crate::state::AppState;

/// `GET /api/v1/agents`: all of them, by id.
///
/// # Errors
/// What the store says.
pub async fn list(
    Admin(caller, _): Admin<ReadAgents>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let services = state.services.clone();
    let found = state.call(async move { services.agents(&caller).await }).await?;
    let rows: Vec<Value> = found.iter().map(documents::summary).collect();
    Ok(HttpResponse::Ok().json(json!({"total": rows.len(), "agents": rows})))
}

/// `POST /api/v1/agents`: saves a new one.
///
/// # Errors
/// 422 with every problem, or 409 when the id is taken.
pub async fn create(
    AdminBody(caller, body, _): AdminBody<WriteAgents>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let services = state.services.clone();
    let create = async move {
        let request = SaveRequest::from_json("agent", body, None, Some(0))?;
        services.save_agent_json(&caller, request).await
    };
    let saved = state.call(create).await?;
    let mut response = HttpResponse::Created();
    response.insert_header((header::LOCATION, format!("/api/v1/agents/{}", saved.document.id)));
    Ok(documents::answer(response, &saved))
}

/// `PUT /api/v1/agents/{id}`: saves the next version. `If-Match`, or `base_version` in the body,
/// names the version that the change was made to.
///
/// # Errors
/// 422 with every problem, or 409 when somebody saved in between.
pub async fn save(
    AdminBody(caller, body, _): AdminBody<WriteAgents>,
    request: HttpRequest,
    state: web::Data<AppState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let (services, base) = (state.services.clone(), documents::base(request.headers())?);
    let save = async move {
        let request = SaveRequest::from_json("agent", body, Some(&id), base)?;
        services.save_agent_json(&caller, request).await
    };
    Ok(documents::answer(HttpResponse::Ok(), &state.call(save).await?))
}

/// `GET /api/v1/agents/{id}`: the latest version.
///
/// # Errors
/// 404.
pub async fn one(
    Admin(caller, _): Admin<ReadAgents>,
    state: web::Data<AppState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let services = state.services.clone();
    let found = state.call(async move { services.agent(&caller, &id, None).await }).await?;
    Ok(documents::answer(HttpResponse::Ok(), &found))
}

/// `DELETE /api/v1/agents/{id}`. Runs that are pinned to its versions go on.
///
/// # Errors
/// 404, or 409 naming who uses it.
pub async fn delete(
    Admin(caller, _): Admin<WriteAgents>,
    state: web::Data<AppState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let services = state.services.clone();
    state.call(async move { services.delete_agent(&caller, &id).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `GET /api/v1/agents/{id}/versions`: newest first.
///
/// # Errors
/// 404.
pub async fn versions(
    Admin(caller, _): Admin<ReadAgents>,
    state: web::Data<AppState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let services = state.services.clone();
    let found = state.call(async move { services.agent_versions(&caller, &id).await }).await?;
    Ok(documents::history(&found))
}

/// `GET /api/v1/agents/{id}/versions/{version}`.
///
/// # Errors
/// 404.
pub async fn version(
    Admin(caller, _): Admin<ReadAgents>,
    state: web::Data<AppState>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (id, version) = path.into_inner();
    let unknown = || ServiceError::not_found("Agent", format!("{id} version {version}"));
    let version = documents::version(&version).ok_or_else(unknown)?;
    let services = state.services.clone();
    let found = state.call(async move { services.agent(&caller, &id, Some(version)).await }).await?;
    Ok(documents::answer(HttpResponse::Ok(), &found))
}

/// `GET /api/v1/agents/{id}/diff?from=&to=`: what differs between two versions.
///
/// # Errors
/// 404, or 422 for what is no version.
pub async fn diff(
    Admin(caller, _): Admin<ReadAgents>,
    state: web::Data<AppState>,
    id: web::Path<String>,
    query: Asked<Compared>,
) -> Result<HttpResponse, Problem> {
    let (from, to) = query::read(query)?.versions()?;
    let (services, id) = (state.services.clone(), id.into_inner());
    let document = id.clone();
    let compare = async move { services.agent_differences(&caller, &document, from, to).await };
    let changes = state.call(compare).await?;
    Ok(HttpResponse::Ok().json(json!({"id": id, "from": from, "to": to, "changes": changes})))
}
