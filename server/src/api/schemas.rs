//! `GET /api/v1/schemas/workflow.json`: the format of definitions, for editors.

use actix_web::HttpResponse;
use magone_core::workflow::json_schema;
use schemars::SchemaGenerator;
use serde_json::Value;

use super::openapi::Doc;

/// The schema; the same for everybody, and for as long as the binary.
pub async fn workflow() -> HttpResponse {
    HttpResponse::Ok().content_type("application/schema+json").json(json_schema::definition())
}

pub(super) fn workflow_doc() -> Doc {
    let schema = SchemaGenerator::subschema_for::<Value>;
    Doc::new("readWorkflowFormat", "The format of definitions as a JSON Schema, for editors").answers_as(
        200,
        "application/schema+json",
        "The schema (draft 2020-12).",
        schema,
    )
}
