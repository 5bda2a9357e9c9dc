//! `GET /problems/{code}`: what an error code means and what to do.

use actix_web::{HttpRequest, HttpResponse, web};
use magone_core::error::ErrorCode;
use magone_service::ServiceError;
use schemars::SchemaGenerator;

use super::page;
use crate::api::openapi::Doc;
use crate::problem::Problem;

/// The page of one code.
///
/// # Errors
/// 404 for a code that is not in the table.
pub(in crate::api) async fn problem(
    request: HttpRequest,
    code: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let known = ErrorCode::parse(&code).ok_or_else(|| ServiceError::not_found("Problem", code.as_str()))?;
    let info = known.info();
    let people = page::is_for_people(request.headers());
    let text = if people { html(known) } else { info.page.to_owned() };
    Ok(page::answer(people, text))
}

pub(in crate::api) fn problem_doc() -> Doc {
    let text = SchemaGenerator::subschema_for::<String>;
    Doc::new("explainProblem", "What an error code means and what to do")
        .answers_as(200, "text/markdown", "The page.", text)
        .answers_as(200, "text/html", "The page.", text)
        .fails(&[ErrorCode::NotFound])
}

fn html(code: ErrorCode) -> String {
    let info = code.info();
    let again = if info.retryable { "may succeed later" } else { "fails again" };
    let place = match info.http {
        Some(status) => format!("HTTP {status}"),
        None => "a failed execution".to_owned(),
    };
    let facts = format!("<p><code>{}</code> · {place} · <em>the same request {again}</em></p>", info.code);
    let (heading, rest) = info.page.split_once('\n').unwrap_or((info.page, ""));
    let main = format!("{}{facts}{}", page::rendered(heading), page::rendered(rest));
    page::page(info.title, &main)
}
