//! The schemas of all types that go in and out, under `components/schemas`.

use schemars::SchemaGenerator;
use schemars::generate::{Contract, SchemaSettings};
use serde_json::{Map, Value};

use super::doc::Make;

const PLACE: &str = "#/components/schemas/";

/// The members that a schema's object always has.
pub(in crate::api) fn required(schema: &Value) -> Vec<&str> {
    let names = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    names.filter_map(Value::as_str).collect()
}

/// Collects the schemas that endpoints name. A type may be read more freely than it is written (a member
/// with a default can be left out, and is always there in answers): so there are two of them.
pub(super) struct Schemas {
    read: SchemaGenerator,
    written: SchemaGenerator,
}

impl Schemas {
    pub(super) fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            })
        };
        let written = settings().with(|settings| settings.contract = Contract::Serialize);
        Self { read: settings().into_generator(), written: written.into_generator() }
    }

    /// The schema of what a request carries.
    pub(super) fn read(&mut self, make: Make) -> Value {
        make(&mut self.read).into()
    }

    /// The schema of what an answer carries.
    pub(super) fn written(&mut self, make: Make) -> Value {
        make(&mut self.written).into()
    }

    /// All schemas by name, and how references out of requests have to be spelt: where a type is read
    /// differently than it is written, the former is called `…Input`.
    pub(super) fn finish(mut self) -> (Map<String, Value>, Vec<(String, String)>) {
        let mut schemas = self.written.take_definitions(true);
        let read = self.read.take_definitions(true);
        // What refers to others is told apart too: what it refers to may differ.
        let differs = |name: &str, schema: &Value| {
            schemas.get(name).is_some_and(|written| written != schema || schema.to_string().contains("$ref"))
        };
        let differing = read.iter().filter(|(name, schema)| differs(name, schema));
        let renamed: Vec<_> = differing
            .map(|(name, _)| (format!("\"{PLACE}{name}\""), format!("\"{PLACE}{name}Input\"")))
            .collect();
        for (name, schema) in read {
            let input = renamed.iter().any(|(from, _)| *from == format!("\"{PLACE}{name}\""));
            let name = if input { format!("{name}Input") } else { name };
            schemas.insert(name, respelt(&schema, &renamed));
        }
        (schemas, renamed)
    }
}

/// A document with its references spelt anew.
pub(super) fn respelt(document: &Value, renamed: &[(String, String)]) -> Value {
    let text = renamed.iter().fold(document.to_string(), |text, (from, to)| text.replace(from, to));
    serde_json::from_str(&text).unwrap_or_default()
}
