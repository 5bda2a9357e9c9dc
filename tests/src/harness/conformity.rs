//! Every answer that a test gets is one that the contract knows: the status, the media type, the headers
//! and the body's schema. So no test can see what the document does not say.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jsonschema::Validator;
use serde_json::{Value, json};

use super::Answer;

static DOCUMENT: LazyLock<Value> = LazyLock::new(server::api::openapi::document);
/// Validators of the schemas that were met, by the schema's text.
static VALIDATORS: Mutex<BTreeMap<String, Arc<Validator>>> = Mutex::new(BTreeMap::new());

/// Asserts that the contract has this answer.
///
/// # Panics
/// Saying what the contract does not know. What nothing is routed to is passed over.
pub fn check(method: &str, path: &str, answer: &Answer) {
    let method = if method == "HEAD" { "GET" } else { method };
    let Some(operation) = operation(method, path) else { return };
    let what = format!("{method} {path} answered {}", answer.status);
    let response = referred(&operation["responses"][answer.status.to_string()]);
    assert!(response.is_object(), "{what}, which the contract does not know: {}", answer.text);
    for name in answer.headers.keys().filter(|name| CONTRACTED.contains(&name.as_str())) {
        let described = response["headers"].as_object().into_iter().flatten();
        let known = described.into_iter().any(|(header, _)| header.eq_ignore_ascii_case(name.as_str()));
        assert!(known, "{what} with the header {name}, which the contract does not know");
    }
    if answer.text.is_empty() {
        return;
    }
    let media_type = answer.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default();
    let content = &response["content"][media_type];
    assert!(content.is_object(), "{what} as {media_type}, which the contract does not know: {}", answer.text);
    if media_type.ends_with("json") {
        let validator = validator(&content["schema"]);
        if let Err(error) = validator.validate(&answer.json()) {
            let place = error.instance_path();
            panic!("{what}, and '{place}' is not as the contract says: {error}\n{}", answer.text);
        }
    }
}

/// Headers that an answer has only where the contract says so.
const CONTRACTED: [&str; 12] = [
    "etag",
    "idempotency-replayed",
    "link",
    "location",
    "preference-applied",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "www-authenticate",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
];

fn validator(schema: &Value) -> Arc<Validator> {
    let mut validators = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    let made = validators.entry(schema.to_string()).or_insert_with(|| {
        // What it refers to stands beside it.
        let whole = json!({"allOf": [schema], "components": DOCUMENT["components"]});
        Arc::new(jsonschema::validator_for(&whole).unwrap_or_else(|error| panic!("{error}: {schema}")))
    });
    Arc::clone(made)
}

/// What a reference stands for.
fn referred(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str().and_then(|place| place.strip_prefix('#')) {
        Some(place) => DOCUMENT.pointer(place).unwrap(),
        None => value,
    }
}

/// The operation that a request is routed to: fixed segments go before those that vary.
fn operation(method: &str, path: &str) -> Option<&'static Value> {
    let given: Vec<&str> = path.split('/').collect();
    let paths = DOCUMENT["paths"].as_object()?.iter();
    let fitting = paths.filter(|(template, _)| fits(&template.split('/').collect::<Vec<_>>(), &given));
    let (_, methods) = fitting.min_by_key(|(template, _)| template.matches('{').count())?;
    methods.get(method.to_lowercase())
}

fn fits(template: &[&str], given: &[&str]) -> bool {
    template.len() == given.len()
        && template
            .iter()
            .zip(given)
            .all(|(wanted, given)| wanted == given || (wanted.starts_with('{') && !given.is_empty()))
}
