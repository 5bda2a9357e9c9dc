//! Definitions and agents with their versions: one set of endpoints for both.

use actix_web::http::header::{self, ETag, EntityTag, HeaderMap};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use magone_core::agent::Agent;
use magone_core::workflow::Definition;
use magone_service::{Document, SaveRequest, ServiceError, Version};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::documents_doc::{Changes, Versions};
use crate::api::query::{self, Asked};
use crate::auth::{Admin, AdminBody, Reads, Writes};
use crate::problem::Problem;
use crate::state::AppState;

/// A kind of document that has endpoints.
pub trait Served: Document + JsonSchema {
    /// What all of them are called: in paths, and in the list.
    const PLURAL: &'static str;
    /// What one is called in the names of operations.
    const SINGULAR: &'static str;

    /// One that can be saved.
    fn example() -> Value;
}

impl Served for Definition {
    const PLURAL: &'static str = "workflows";
    const SINGULAR: &'static str = "Definition";

    fn example() -> Value {
        json!({"id": "greeting", "entry_step": "greet", "steps": [
            {"id": "greet", "type": "transform", "value": {"content": "Hello, {{ input }}"}}
        ]})
    }
}

impl Served for Agent {
    const PLURAL: &'static str = "agents";
    const SINGULAR: &'static str = "Agent";

    fn example() -> Value {
        json!({"id": "greeter", "model": "scripted/demo", "instructions": "Greet whoever writes to you."})
    }
}

/// `GET /api/v1/workflows`: all of them, by id.
///
/// # Errors
/// What the store says.
pub async fn list<D: Served>(
    Admin(caller, _): Admin<Reads<D>>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let services = state.services.clone();
    let found = state.call(async move { services.documents::<D>(&caller).await }).await?;
    Ok(HttpResponse::Ok().json(json!({"total": found.len(), (D::PLURAL): found})))
}

/// `POST /api/v1/workflows`: saves a new one.
///
/// # Errors
/// 422 with every problem, or 409 when the id is taken.
pub async fn create<D: Served>(
    AdminBody(caller, body, _): AdminBody<Writes<D>>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let services = state.services.clone();
    let create = async move {
        let request = SaveRequest::from_json::<D>(body, None, Some(0))?;
        services.save_json::<D>(&caller, request).await
    };
    let saved = state.call(create).await?;
    let mut response = HttpResponse::Created();
    response.insert_header((header::LOCATION, format!("/api/v1/{}/{}", D::PLURAL, saved.document.id())));
    Ok(answer(response, &saved))
}

/// `PUT /api/v1/workflows/{id}`: saves the next version. `If-Match`, or `base_version` in the body,
/// names the version that the change was made to.
///
/// # Errors
/// 422 with every problem, or 409 when somebody saved in between.
pub async fn save<D: Served>(
    AdminBody(caller, body, _): AdminBody<Writes<D>>,
    request: HttpRequest,
    state: web::Data<AppState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let (services, base) = (state.services.clone(), base(request.headers())?);
    let save = async move {
        let request = SaveRequest::from_json::<D>(body, Some(&id), base)?;
        services.save_json::<D>(&caller, request).await
    };
    Ok(answer(HttpResponse::Ok(), &state.call(save).await?))
}

/// `GET /api/v1/workflows/{id}`: the latest version.
///
/// # Errors
/// 404.
pub async fn one<D: Served>(
    Admin(caller, _): Admin<Reads<D>>,
    state: web::Data<AppState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let services = state.services.clone();
    let found = state.call(async move { services.document::<D>(&caller, &id, None).await }).await?;
    Ok(answer(HttpResponse::Ok(), &found))
}

/// `DELETE /api/v1/workflows/{id}`. Runs that are pinned to its versions go on.
///
/// # Errors
/// 404, or 409 naming who uses it.
pub async fn delete<D: Served>(
    Admin(caller, _): Admin<Writes<D>>,
    state: web::Data<AppState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let services = state.services.clone();
    state.call(async move { services.delete::<D>(&caller, &id).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `GET /api/v1/workflows/{id}/versions`: newest first.
///
/// # Errors
/// 404.
pub async fn versions<D: Served>(
    Admin(caller, _): Admin<Reads<D>>,
    state: web::Data<AppState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let services = state.services.clone();
    let found = state.call(async move { services.versions::<D>(&caller, &id).await }).await?;
    Ok(HttpResponse::Ok().json(Versions { total: found.len(), versions: found }))
}

/// `GET /api/v1/workflows/{id}/versions/{version}`.
///
/// # Errors
/// 404.
pub async fn version<D: Served>(
    Admin(caller, _): Admin<Reads<D>>,
    state: web::Data<AppState>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (id, version) = path.into_inner();
    let unknown = || ServiceError::not_found(D::KIND, format!("{id} version {version}"));
    let version = number(&version).ok_or_else(unknown)?;
    let services = state.services.clone();
    let found = state.call(async move { services.document::<D>(&caller, &id, Some(version)).await }).await?;
    Ok(answer(HttpResponse::Ok(), &found))
}

/// `GET /api/v1/workflows/{id}/diff?from=&to=`: what differs between two versions.
///
/// # Errors
/// 404, or 422 for what is no version.
pub async fn diff<D: Served>(
    Admin(caller, _): Admin<Reads<D>>,
    state: web::Data<AppState>,
    id: web::Path<String>,
    query: Asked<Compared>,
) -> Result<HttpResponse, Problem> {
    let (from, to) = query::read(query)?.versions()?;
    let (services, id) = (state.services.clone(), id.into_inner());
    let document = id.clone();
    let compare = async move { services.differences::<D>(&caller, &document, from, to).await };
    let changes = state.call(compare).await?;
    Ok(HttpResponse::Ok().json(Changes { id, from, to, changes }))
}

/// Query of a comparison.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Compared {
    /// A version's number.
    #[schemars(with = "u32", range(min = 1))]
    from: Option<String>,
    /// Another one's.
    #[schemars(with = "u32", range(min = 1))]
    to: Option<String>,
}

impl Compared {
    fn versions(&self) -> Result<(u32, u32), Problem> {
        let version = |name: &str, text: &Option<String>| {
            text.as_deref().and_then(number).ok_or_else(|| query::wrong(name, "a version's number"))
        };
        Ok((version("from", &self.from)?, version("to", &self.to)?))
    }
}

/// The version that a change was made to, as `If-Match` names it; `*` is any.
fn base(headers: &HeaderMap) -> Result<Option<u32>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let number = text.trim_matches('"').parse().ok();
    number.map(Some).ok_or_else(|| query::wrong("If-Match", "the ETag of a version, such as \"3\""))
}

/// A version's number, from 1.
fn number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|number| *number > 0)
}

/// A version with its number as its tag.
fn answer<D: Served>(mut response: HttpResponseBuilder, document: &Version<D>) -> HttpResponse {
    response.insert_header(ETag(EntityTag::new_strong(document.version.to_string()))).json(document)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn the_tag_of_a_version_is_its_number() {
        let of = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_MATCH, HeaderValue::from_static(text));
            base(&headers).map_err(|problem| problem.errors.len())
        };
        assert_eq!((of("\"3\""), of("3"), of("*")), (Ok(Some(3)), Ok(Some(3)), Ok(None)));
        assert_eq!((of("W/\"3\""), of("x"), of("")), (Err(1), Err(1), Err(1)));
        assert_eq!(base(&HeaderMap::new()).ok(), Some(None));
    }
}
