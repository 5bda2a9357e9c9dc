//! `GET /docs`: the contract for people, made from the document at `/openapi.json`.

use std::fmt::Write;
use std::sync::LazyLock;

use actix_web::{HttpRequest, HttpResponse};
use magone_core::error::ErrorCode;
use schemars::SchemaGenerator;
use serde_json::Value;

use super::operation;
use super::page::{self, escaped, rendered};
use super::schema::{self, member};
use crate::api::openapi::{Doc, document};

/// Both forms, for as long as the binary.
static PAGES: LazyLock<(String, String)> = LazyLock::new(|| {
    let document = document();
    (html(&document), markdown(&document))
});

/// The page.
pub(in crate::api) async fn contract(request: HttpRequest) -> HttpResponse {
    let people = page::is_for_people(request.headers());
    let (html, markdown) = &*PAGES;
    page::answer(people, if people { html.clone() } else { markdown.clone() })
}

pub(in crate::api) fn contract_doc() -> Doc {
    let text = SchemaGenerator::subschema_for::<String>;
    Doc::new("readDocs", "This contract, for people")
        .answers_as(200, "text/html", "The page.", text)
        .answers_as(200, "text/markdown", "The list of endpoints.", text)
}

type Operation<'a> = (&'a str, &'a str, &'a Value);

/// The operations of a group.
fn of_group<'a>(document: &'a Value, group: &str) -> Vec<Operation<'a>> {
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    let all = paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    });
    all.filter(|(_, _, operation)| operation.pointer("/tags/0").is_some_and(|tag| tag == group)).collect()
}

fn groups(document: &Value) -> impl Iterator<Item = &str> {
    let tags = document.get("tags").and_then(Value::as_array).into_iter().flatten();
    tags.filter_map(|tag| member(tag, "name"))
}

fn about(document: &Value) -> &str {
    document.pointer("/info/description").and_then(Value::as_str).unwrap_or_default()
}

fn html(document: &Value) -> String {
    let mut main = format!("<h1>The contract</h1>{}", rendered(about(document)));
    for group in groups(document) {
        let all = of_group(document, group).into_iter();
        let all: String =
            all.map(|(path, method, one)| operation::operation(document, method, path, one)).collect();
        // Writing to a text does not fail.
        let _ = write!(main, "<section><h2>{}</h2>\n{all}</section>\n", escaped(group));
    }
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object).into_iter().flatten();
    let schemas: String = schemas.map(|(name, schema)| schema::named(name, schema)).collect();
    let _ = write!(main, "<section id=\"schemas\"><h2>schemas</h2>\n{schemas}</section>\n");
    let _ = write!(main, "<section id=\"problems\"><h2>problems</h2>\n{}</section>\n", problems());
    page::page("Contract", &main)
}

fn problems() -> String {
    let rows = ErrorCode::ALL.iter().map(|code| {
        let info = code.info();
        let status = info.http.map_or_else(|| "execution".to_owned(), |status| status.to_string());
        let (word, title) = (info.code, escaped(info.title));
        format!("<tr><td><a href=\"/problems/{word}\"><code>{word}</code></a><td>{status}<td>{title}")
    });
    schema::table(rows.collect())
}

fn markdown(document: &Value) -> String {
    let mut text = format!("# The contract\n\n{}\n\nThe whole of it is at /openapi.json.\n", about(document));
    for group in groups(document) {
        let _ = write!(text, "\n## {group}\n\n");
        for (path, method, operation) in of_group(document, group) {
            let summary = member(operation, "summary").unwrap_or_default();
            let _ = writeln!(text, "- `{} {path}`: {summary}", method.to_uppercase());
        }
    }
    text
}
