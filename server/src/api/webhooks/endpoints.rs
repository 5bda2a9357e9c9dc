//! A tenant's webhook endpoints.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use magone_core::error::ErrorCode;
use magone_core::ids::EndpointId;
use magone_core::time::Timestamp;
use magone_service::{EndpointChanges, EndpointRequest, SecretRotation, TenantCaller, WebhookSecret};
use magone_store::{DeliveryRow, EndpointRow};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::named::Named;
use crate::api::openapi::Doc;
use crate::problem::Problem;
use crate::state::AppState;

/// A tenant's webhook endpoints.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "WebhookEndpointList")]
struct List {
    /// How many there are.
    total: usize,
    /// Oldest first.
    webhook_endpoints: Vec<EndpointRow>,
}

/// What webhooks are signed with.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "WebhookSecret")]
struct Secret {
    /// `whsec_` and 32 bytes in base64.
    secret: String,
    /// Until when the one before signs beside it.
    previous_valid_until: Option<Timestamp>,
}

/// `GET /webhook-endpoints`: oldest first.
///
/// # Errors
/// What the store says.
pub async fn list<C: Into<TenantCaller>>(
    caller: C,
    state: web::Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let caller = caller.into();
    let services = state.services.clone();
    let rows = state.call(async move { services.webhook_endpoints(&caller).await }).await?;
    Ok(HttpResponse::Ok().json(List { total: rows.len(), webhook_endpoints: rows }))
}

/// `POST /webhook-endpoints`: `{url, description?, events?}`.
///
/// # Errors
/// 422 for the body or a URL that may not be called, 409 where there are too many.
pub async fn create<C: Into<(TenantCaller, Value)>>(
    caller: C,
    state: web::Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let (caller, body) = caller.into();
    let services = state.services.clone();
    let create =
        async move { services.add_webhook_endpoint(&caller, EndpointRequest::from_json(body)?).await };
    Ok(HttpResponse::Created().json(state.call(create).await?))
}

/// `GET /webhook-endpoints/{id}`.
///
/// # Errors
/// 404.
pub async fn one<C: Into<TenantCaller>>(
    caller: C,
    state: web::Data<AppState>,
    named: web::Path<Named>,
) -> Result<HttpResponse, Problem> {
    let caller = caller.into();
    let (services, id) = (state.services.clone(), EndpointId::from_text(named.into_inner().id));
    Ok(HttpResponse::Ok()
        .json(state.call(async move { services.webhook_endpoint(&caller, &id).await }).await?))
}

/// `PATCH /webhook-endpoints/{id}`: `{url?, description?, events?, enabled?}`.
///
/// # Errors
/// 404, or 422.
pub async fn update<C: Into<(TenantCaller, Value)>>(
    caller: C,
    state: web::Data<AppState>,
    named: web::Path<Named>,
) -> Result<HttpResponse, Problem> {
    let (caller, body) = caller.into();
    let (services, id) = (state.services.clone(), EndpointId::from_text(named.into_inner().id));
    let update = async move {
        services.webhook_endpoint(&caller, &id).await?;
        services.update_webhook_endpoint(&caller, &id, EndpointChanges::from_json(body)?).await
    };
    Ok(HttpResponse::Ok().json(state.call(update).await?))
}

/// `DELETE /webhook-endpoints/{id}`.
///
/// # Errors
/// 404.
pub async fn delete<C: Into<TenantCaller>>(
    caller: C,
    state: web::Data<AppState>,
    named: web::Path<Named>,
) -> Result<HttpResponse, Problem> {
    let caller = caller.into();
    let (services, id) = (state.services.clone(), EndpointId::from_text(named.into_inner().id));
    state.call(async move { services.delete_webhook_endpoint(&caller, &id).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /webhook-endpoints/{id}/test`: sends it an event that says that it is a test.
///
/// # Errors
/// 404, or 409 where it is switched off.
pub async fn test<C: Into<(TenantCaller, Value)>>(
    caller: C,
    state: web::Data<AppState>,
    named: web::Path<Named>,
) -> Result<HttpResponse, Problem> {
    let (caller, _) = caller.into();
    let (services, id) = (state.services.clone(), EndpointId::from_text(named.into_inner().id));
    let row = state.call(async move { services.try_webhook_endpoint(&caller, &id).await }).await?;
    Ok(HttpResponse::Accepted().json(row))
}

/// `GET /webhook-endpoints/{id}/secret`; the id `default` means the URLs that come with runs.
///
/// # Errors
/// 404.
pub async fn secret<C: Into<TenantCaller>>(
    caller: C,
    state: web::Data<AppState>,
    named: web::Path<Named>,
) -> Result<HttpResponse, Problem> {
    let caller = caller.into();
    let services = state.services.clone();
    Ok(shown(&state.call(async move { services.webhook_secret(&caller, &named.id).await }).await?))
}

/// `POST /webhook-endpoints/{id}/secret/rotate`: `{grace_seconds?}`; the old secret signs beside the new
/// one for a day where nothing else is said.
///
/// # Errors
/// 404, or 422.
pub async fn rotate<C: Into<(TenantCaller, Value)>>(
    caller: C,
    state: web::Data<AppState>,
    named: web::Path<Named>,
) -> Result<HttpResponse, Problem> {
    let (caller, body) = caller.into();
    let services = state.services.clone();
    let rotate = async move {
        services.webhook_secret(&caller, &named.id).await?;
        services.rotate_webhook_secret(&caller, &named.id, SecretRotation::from_json(body)?).await
    };
    Ok(shown(&state.call(rotate).await?))
}

fn shown(secret: &WebhookSecret) -> HttpResponse {
    let body = Secret { secret: secret.secret.reveal(), previous_valid_until: secret.previous_until };
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(body)
}

pub(in crate::api) fn list_doc() -> Doc {
    Doc::new("listWebhookEndpoints", "Where webhooks go").answers::<List>(200, "All of them.")
}

pub(in crate::api) fn create_doc() -> Doc {
    Doc::new("createWebhookEndpoint", "Register an address for webhooks")
        .takes::<EndpointRequest>(
            json!({"url": "https://example.com/hooks", "events": ["execution.completed"]}),
        )
        .answers::<EndpointRow>(201, "The endpoint.")
        .leads_to("readWebhookEndpoint", "id", "$response.body#/id")
        .leads_to("readWebhookSecret", "id", "$response.body#/id")
        .leads_to("deleteWebhookEndpoint", "id", "$response.body#/id")
        .fails(&[ErrorCode::Conflict, ErrorCode::EgressDenied])
}

pub(in crate::api) fn one_doc() -> Doc {
    Doc::new("readWebhookEndpoint", "One endpoint")
        .answers::<EndpointRow>(200, "The endpoint.")
        .fails(&[ErrorCode::NotFound])
}

pub(in crate::api) fn update_doc() -> Doc {
    Doc::new("updateWebhookEndpoint", "Change an endpoint, or switch it on again")
        .takes::<EndpointChanges>(json!({"enabled": true}))
        .answers::<EndpointRow>(200, "The endpoint as it is now.")
        .fails(&[ErrorCode::NotFound, ErrorCode::EgressDenied])
}

pub(in crate::api) fn delete_doc() -> Doc {
    Doc::new("deleteWebhookEndpoint", "Delete an endpoint")
        .answers_empty(204, "It is gone.")
        .fails(&[ErrorCode::NotFound])
}

pub(in crate::api) fn test_doc() -> Doc {
    Doc::new("testWebhookEndpoint", "Send an event that says that it is a test")
        .answers::<DeliveryRow>(202, "It is being delivered.")
        .fails(&[ErrorCode::NotFound, ErrorCode::Conflict])
}

pub(in crate::api) fn secret_doc() -> Doc {
    Doc::new("readWebhookSecret", "What an endpoint's webhooks are signed with")
        .about("The id `default` means the URLs that come with executions.")
        .answers::<Secret>(200, "The secret.")
        .fails(&[ErrorCode::NotFound])
}

pub(in crate::api) fn rotate_doc() -> Doc {
    Doc::new("rotateWebhookSecret", "Replace what an endpoint's webhooks are signed with")
        .about("The old one signs beside the new one for a day, unless `grace_seconds` says otherwise.")
        .may_take::<SecretRotation>(json!({"grace_seconds": 3600}))
        .answers::<Secret>(200, "The new secret.")
        .fails(&[ErrorCode::NotFound])
}
