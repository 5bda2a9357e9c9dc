//! `GET /problems/{code}`: what an error code means and what to do, for people.

use actix_web::{HttpResponse, web};
use magone_core::error::ErrorCode;
use magone_service::ServiceError;

use crate::problem::Problem;

/// The page of one code, Markdown as plain text.
///
/// # Errors
/// 404 for a code that is not in the table.
pub async fn page(code: web::Path<String>) -> Result<HttpResponse, Problem> {
    let known = ErrorCode::parse(&code).ok_or_else(|| ServiceError::not_found("Problem", code.as_str()))?;
    Ok(HttpResponse::Ok().content_type("text/markdown; charset=utf-8").body(known.info().page))
}
