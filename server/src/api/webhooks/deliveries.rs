//! A tenant's webhook deliveries.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use magone_core::error::ErrorCode;
use magone_core::ids::{DeliveryId, EndpointId, ExecutionId};
use magone_core::webhook::Body;
use magone_service::TenantCaller;
use magone_store::{DeliveryFilter, DeliveryRow, DeliveryStatus};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::named::Named;
use crate::api::openapi::{Doc, Header};
use crate::api::query::{self, Asked, Reading};
use crate::problem::Problem;
use crate::state::AppState;

/// Deliveries of a page where the caller names no number, and at most.
const PAGE: u32 = 20;
const PAGE_MOST: u32 = 100;

/// Query of the list.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Query {
    /// Deliveries to this endpoint.
    endpoint: Option<String>,
    /// Deliveries about this execution.
    execution: Option<String>,
    /// Deliveries of this status.
    #[schemars(with = "Option<DeliveryStatus>")]
    status: Option<String>,
    /// Deliveries of this event.
    event: Option<String>,
    /// The `next_cursor` of the page before, unchanged.
    cursor: Option<String>,
    /// Deliveries of a page: 20 unless it says otherwise.
    #[schemars(with = "Option<u32>", range(min = 1, max = PAGE_MOST))]
    limit: Option<String>,
}

/// A page of deliveries.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "WebhookDeliveryPage")]
struct List {
    /// Newest first.
    webhook_deliveries: Vec<DeliveryRow>,
    /// `cursor` of the next page; null where this is the last.
    next_cursor: Option<DeliveryId>,
}

/// A delivery with what is sent.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "WebhookDeliveryWithPayload")]
struct Whole {
    #[serde(flatten)]
    delivery: DeliveryRow,
    /// The body that is sent.
    #[schemars(with = "Option<Body<'static>>")]
    payload: Value,
}

/// `GET /webhook-deliveries`: newest first, each with its attempts.
///
/// # Errors
/// 422 for filters that cannot be understood.
pub async fn list<C: Into<TenantCaller>>(
    caller: C,
    request: HttpRequest,
    state: web::Data<AppState>,
    query: Asked<Query>,
) -> Result<HttpResponse, Problem> {
    let caller = caller.into();
    let query = query::read(query)?;
    let (filter, cursor, limit) = understand(&query)?;
    let services = state.services.clone();
    let read = async move { services.webhook_deliveries(&caller, &filter, cursor.as_ref(), limit).await };
    let page = state.call(read).await?;
    let next = page.next_cursor.as_ref().map(|cursor| next_page(request.path(), &query, cursor, limit));
    Ok(query::page(&List { webhook_deliveries: page.deliveries, next_cursor: page.next_cursor }, next))
}

/// `GET /webhook-deliveries/{id}`: with the body that is sent.
///
/// # Errors
/// 404.
pub async fn one<C: Into<TenantCaller>>(
    caller: C,
    state: web::Data<AppState>,
    named: web::Path<Named>,
) -> Result<HttpResponse, Problem> {
    let caller = caller.into();
    let (services, id) = (state.services.clone(), DeliveryId::from_text(named.into_inner().id));
    let (delivery, payload) =
        state.call(async move { services.webhook_delivery(&caller, &id).await }).await?;
    let body = Whole { delivery, payload: serde_json::from_str(&payload).unwrap_or(Value::Null) };
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(body))
}

/// `POST /webhook-deliveries/{id}/redeliver`: from the beginning of the schedule, under the same
/// `webhook-id`.
///
/// # Errors
/// 404, or 409 where its endpoint is deleted or switched off.
pub async fn redeliver<C: Into<(TenantCaller, Value)>>(
    caller: C,
    state: web::Data<AppState>,
    named: web::Path<Named>,
) -> Result<HttpResponse, Problem> {
    let (caller, _) = caller.into();
    let (services, id) = (state.services.clone(), DeliveryId::from_text(named.into_inner().id));
    let row = state.call(async move { services.redeliver_webhook(&caller, &id).await }).await?;
    Ok(HttpResponse::Accepted().json(row))
}

type Understood = (DeliveryFilter, Option<DeliveryId>, u32);

fn understand(query: &Query) -> Result<Understood, Problem> {
    let mut reading = Reading::default();
    let filter = DeliveryFilter {
        endpoint: query.endpoint.clone().map(EndpointId::from_text),
        execution: query.execution.clone().map(ExecutionId::from_text),
        status: reading.value(("status", STATUS), query.status.as_deref(), DeliveryStatus::parse),
        event: query.event.clone(),
    };
    let limit = reading.limit(query.limit.as_deref(), PAGE, PAGE_MOST);
    let cursor = reading.cursor(query.cursor.as_deref(), DeliveryId::PREFIX).map(DeliveryId::from_text);
    reading.done((filter, cursor, limit))
}

const STATUS: &str = "one of pending, delivered, dead, cancelled";

fn next_page(list: &str, query: &Query, cursor: &DeliveryId, limit: u32) -> String {
    let filters = [
        ("endpoint", query.endpoint.as_deref()),
        ("execution", query.execution.as_deref()),
        ("status", query.status.as_deref()),
        ("event", query.event.as_deref()),
    ];
    query::next(list, &filters, limit, cursor.as_str())
}

pub(in crate::api) fn list_doc() -> Doc {
    Doc::new("listWebhookDeliveries", "What was and is to be delivered, newest first, each with its attempts")
        .query::<Query>()
        .answers::<List>(200, "A page.")
        .gives(Header::LINK)
        .fails(&[ErrorCode::Validation])
}

pub(in crate::api) fn one_doc() -> Doc {
    Doc::new("readWebhookDelivery", "One delivery, with what is sent")
        .answers::<Whole>(200, "The delivery.")
        .fails(&[ErrorCode::NotFound])
}

pub(in crate::api) fn redeliver_doc() -> Doc {
    Doc::new("redeliverWebhook", "Deliver once more, from the beginning of the schedule")
        .about("Under the same `webhook-id`, so that a receiver can tell.")
        .answers::<DeliveryRow>(202, "It is being delivered.")
        .fails(&[ErrorCode::NotFound, ErrorCode::Conflict])
}
