//! What models cost.

use actix_web::{HttpResponse, web};
use magone_core::error::ErrorCode;
use magone_service::{PriceRequest, ShownPrice};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::api::openapi::Doc;
use crate::auth::{Admin, AdminBody, ReadPrices, WritePrices};
use crate::problem::Problem;
use crate::state::AppState;

/// What models cost.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ModelPriceList")]
struct List {
    /// By model.
    prices: Vec<ShownPrice>,
    /// How many there are.
    total: usize,
}

/// `provider/name`, from the path.
fn model(path: web::Path<(String, String)>) -> String {
    let (provider, name) = path.into_inner();
    format!("{provider}/{name}")
}

/// `GET /api/v1/model-prices`: all of them, by model.
///
/// # Errors
/// What the store says.
pub async fn list(
    Admin(caller, _): Admin<ReadPrices>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let services = state.services.clone();
    let prices = state.call(async move { services.prices(&caller).await }).await?;
    let prices: Vec<_> = prices.iter().map(ShownPrice::from).collect();
    Ok(HttpResponse::Ok().json(List { total: prices.len(), prices }))
}

/// `GET /api/v1/model-prices/{provider}/{name}`.
///
/// # Errors
/// 404.
pub async fn one(
    Admin(caller, _): Admin<ReadPrices>,
    state: web::Data<AppState>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (services, model) = (state.services.clone(), model(path));
    let price = state.call(async move { services.price(&caller, &model).await }).await?;
    Ok(HttpResponse::Ok().json(ShownPrice::from(&price)))
}

/// `PUT /api/v1/model-prices/{provider}/{name}`: `{input_usd_per_million_tokens,
/// output_usd_per_million_tokens}`.
///
/// # Errors
/// 422 with a pointer for each member.
pub async fn set(
    AdminBody(caller, body, _): AdminBody<WritePrices>,
    state: web::Data<AppState>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (services, model) = (state.services.clone(), model(path));
    let price = state.call(async move { services.set_price(&caller, model, body).await }).await?;
    Ok(HttpResponse::Ok().json(ShownPrice::from(&price)))
}

/// `DELETE /api/v1/model-prices/{provider}/{name}`.
///
/// # Errors
/// 404.
pub async fn remove(
    Admin(caller, _): Admin<WritePrices>,
    state: web::Data<AppState>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (services, model) = (state.services.clone(), model(path));
    state.call(async move { services.remove_price(&caller, &model).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

pub(in crate::api) fn list_doc() -> Doc {
    Doc::new("listPrices", "What models cost").answers::<List>(200, "All of them.")
}

pub(in crate::api) fn one_doc() -> Doc {
    Doc::new("readPrice", "What one model costs")
        .answers::<ShownPrice>(200, "In US dollars for a million tokens.")
        .fails(&[ErrorCode::NotFound])
}

pub(in crate::api) fn set_doc() -> Doc {
    let example = json!({"input_usd_per_million_tokens": 0.15, "output_usd_per_million_tokens": 0.6});
    Doc::new("setPrice", "Say what a model costs")
        .takes::<PriceRequest>(example)
        .answers::<ShownPrice>(200, "The price.")
}

pub(in crate::api) fn remove_doc() -> Doc {
    Doc::new("removePrice", "Forget what a model costs")
        .answers_empty(204, "It is forgotten.")
        .fails(&[ErrorCode::NotFound])
}
