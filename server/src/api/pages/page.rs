//! One page: its frame, its style, its escaping.

use actix_web::HttpResponse;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use pulldown_cmark::{Options, Parser, html};
use schemars::SchemaGenerator;

use crate::api::openapi::Doc;

const STYLE: &str =
    concat!(include_str!("../../../../style/tokens.css"), include_str!("../../../../style/pages.css"));
/// Nothing is loaded from elsewhere and nothing is executed.
const POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Whether a person looks at it: only browsers ask for HTML by name.
pub(super) fn is_for_people(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|one| one.trim_start().starts_with("text/html"))
}

/// The page for people, or its Markdown for programs.
pub(super) fn answer(people: bool, text: String) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.insert_header((header::VARY, "Accept"));
    if !people {
        return response.content_type("text/markdown; charset=utf-8").body(text);
    }
    let policy = HeaderValue::from_static(POLICY);
    response.insert_header((header::CONTENT_SECURITY_POLICY, policy));
    response.content_type("text/html; charset=utf-8").body(text)
}

/// A whole page.
pub(super) fn page(title: &str, main: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{} · Magone</title>\n<link rel=\"stylesheet\" href=\"/docs.css\">\n\
         <header><nav><a href=\"/docs\">Contract</a> <a href=\"/docs#problems\">Problems</a> \
         <a href=\"/openapi.json\">openapi.json</a></nav></header>\n<main>{main}</main>\n</html>\n",
        escaped(title)
    )
}

/// Markdown of our own as HTML.
pub(super) fn rendered(markdown: &str) -> String {
    let mut html = String::new();
    html::push_html(&mut html, Parser::new_ext(markdown, Options::empty()));
    html
}

/// Text as HTML shows it.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// `GET /docs.css`: the look of these pages.
pub(in crate::api) async fn style() -> HttpResponse {
    HttpResponse::Ok().content_type("text/css; charset=utf-8").body(STYLE)
}

pub(in crate::api) fn style_doc() -> Doc {
    let text = SchemaGenerator::subschema_for::<String>;
    Doc::new("readStyle", "The look of the pages for people").answers_as(200, "text/css", "The style.", text)
}
