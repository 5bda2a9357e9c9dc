//! `GET /openapi.json`.

use actix_web::HttpResponse;
use serde_json::Value;

use super::{Doc, text};

/// The document; the same for everybody, and for as long as the binary.
pub async fn serve() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(text())
}

pub fn serve_doc() -> Doc {
    Doc::new("readContract", "This document")
        .about("OpenAPI 3.1, made from the endpoints of the server that answers.")
        .answers::<Value>(200, "The document.")
}
