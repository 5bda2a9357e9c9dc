//! `GET /api/v1/schemas/workflow.json`: the format of definitions, for editors.

use actix_web::HttpResponse;
use magone_core::workflow::json_schema;

/// The schema; the same for everybody, and for as long as the binary.
pub async fn workflow() -> HttpResponse {
    HttpResponse::Ok().content_type("application/schema+json").json(json_schema::definition())
}
