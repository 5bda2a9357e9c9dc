//! What models cost.

use actix_web::{HttpResponse, web};
use magone_service::shown_price;
use serde_json::{Value, json};

use crate::auth::{Admin, AdminBody, ReadPrices, WritePrices};
use crate::problem::Problem;
use crate::state::AppState;

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
    let prices: Vec<Value> = prices.iter().map(shown_price).collect();
    Ok(HttpResponse::Ok().json(json!({"total": prices.len(), "prices": prices})))
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
    Ok(HttpResponse::Ok().json(shown_price(&price)))
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
    Ok(HttpResponse::Ok().json(shown_price(&price)))
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
