//! The whole document.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::header::Header;
use super::operation;
use super::schemas::{Schemas, respelt};
use crate::api::endpoints;

const ABOUT: &str = "Run multi-tenant AI workflows: start them, wait for them or follow their events, \
decide what they ask for.\n\nEvery error is a problem document (RFC 9457) with a stable `code`, explained at \
`/problems/{code}`. An execution that was carried out and failed is an answer with status 200 and \
`\"status\": \"failed\"`. What can be read with GET can be asked about with HEAD.";

static TEXT: LazyLock<String> = LazyLock::new(|| {
    let text = serde_json::to_string_pretty(&document()).unwrap_or_default();
    format!("{text}\n")
});

/// The document as text, the same bytes for as long as the binary.
#[must_use]
pub fn text() -> &'static str {
    &TEXT
}

/// The document.
#[must_use]
pub fn document() -> Value {
    let mut schemas = Schemas::new();
    let mut paths: Map<String, Value> = Map::new();
    let mut responses: Map<String, Value> = Map::new();
    let mut tags: Vec<String> = Vec::new();
    for endpoint in endpoints() {
        let doc = (endpoint.doc)();
        let operation = operation::operation(&endpoint, &doc, &mut schemas);
        responses.extend(operation::shared(&endpoint, &doc, &mut schemas));
        let tag = operation::tag(&endpoint);
        if !tags.contains(&tag) {
            tags.push(tag);
        }
        let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        if let Some(methods) = path.as_object_mut() {
            methods.insert(endpoint.method.as_str().to_lowercase(), operation);
        }
    }
    let (schemas, renamed) = schemas.finish();
    for operation in paths.values_mut().filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        for place in ["requestBody", "parameters"] {
            if let Some(part) = operation.get_mut(place) {
                *part = respelt(part, &renamed);
            }
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Magone",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": tags.iter().map(|name| json!({"name": name})).collect::<Vec<_>>(),
        "paths": paths,
        "components": components(schemas, responses),
    })
}

fn components(schemas: Map<String, Value>, responses: Map<String, Value>) -> Value {
    let of = |describe: fn(Header) -> Value| -> Map<String, Value> {
        Header::ALL.iter().map(|header| (header.name.to_owned(), describe(*header))).collect()
    };
    json!({
        "schemas": schemas,
        "responses": responses,
        "headers": of(Header::described),
        "parameters": of(Header::parameter),
        "securitySchemes": {
            "ApiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key",
                "description": "A tenant's key: `<tenant>_live_…` or `<tenant>_test_…`."},
            "BearerKey": {"type": "http", "scheme": "bearer",
                "description": "The same key, for clients that know bearer tokens alone."},
            "AdminToken": {"type": "http", "scheme": "bearer",
                "description": "A token that `magone admin token create` shows once, with the scopes it was given."},
        },
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_endpoint_is_in_the_document_and_nothing_else() {
        let document = document();
        let listed: BTreeSet<_> = document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, methods)| {
                methods.as_object().unwrap().keys().map(move |method| (path.clone(), method.to_uppercase()))
            })
            .collect();
        let routed: BTreeSet<_> = endpoints()
            .iter()
            .map(|endpoint| (endpoint.path.to_owned(), endpoint.method.as_str().to_owned()))
            .collect();
        assert_eq!(listed, routed);
    }

    #[test]
    fn names_of_operations_are_unique_and_links_lead_somewhere() {
        let docs: Vec<_> = endpoints().iter().map(|endpoint| (endpoint.doc)()).collect();
        let ids: BTreeSet<_> = docs.iter().map(|doc| doc.id.clone()).collect();
        assert_eq!(ids.len(), docs.len());
        for doc in &docs {
            assert!(!doc.answers.is_empty(), "{} answers nothing", doc.id);
            for link in doc.answers.iter().flat_map(|answer| &answer.links) {
                assert!(ids.contains(&link.operation), "{} leads to {}", doc.id, link.operation);
            }
        }
    }

    #[test]
    fn what_goes_in_and_out_is_a_type_and_every_type_says_what_it_is() {
        let document = document();
        let loose = |schema: &Value| schema["type"] == "object" && schema.get("properties").is_none();
        for (path, operation) in document["paths"].as_object().unwrap() {
            for (method, operation) in operation.as_object().unwrap() {
                let answers = operation["responses"].as_object().unwrap().values();
                for part in answers.chain([&operation["requestBody"]]) {
                    let schema = &part["content"]["application/json"]["schema"];
                    assert!(!loose(schema), "{method} {path} takes or answers any object");
                }
            }
        }
        for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
            assert!(schema.get("description").is_some(), "say above {name} what it is");
        }
    }

    #[test]
    fn every_reference_points_at_something() {
        let document = document();
        let mut open = vec![&document];
        while let Some(value) = open.pop() {
            if let Some(place) = value.get("$ref").and_then(Value::as_str) {
                let pointer = place.strip_prefix('#').unwrap();
                assert!(document.pointer(pointer).is_some(), "{place}");
            }
            match value {
                Value::Object(members) => open.extend(members.values()),
                Value::Array(items) => open.extend(items),
                _ => {}
            }
        }
    }
}
