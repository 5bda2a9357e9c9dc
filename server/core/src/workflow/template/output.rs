//! From the engine's values back to JSON.

use minijinja::value::ValueKind;
use minijinja::{Error, ErrorKind, Value};
use serde_json::Value as JsonValue;

use super::bound::{Budget, MAX_DEPTH};
use super::engine::TemplateError;
use super::node::Node;
use crate::json;

/// Bytes that a scalar counts for at least, so that many small values have their price too.
const SCALAR_BYTES: usize = 8;

/// The JSON of a value.
pub(super) fn json(value: &Value, budget: &mut Budget) -> Result<JsonValue, TemplateError> {
    convert(value, budget, 0)
}

/// The text of a value that is no string: its JSON.
pub(super) fn text(value: &Value) -> Result<String, Error> {
    let json = json(value, &mut Budget::new())
        .map_err(|own| Error::new(ErrorKind::BadSerialization, "no JSON").with_source(own))?;
    Ok(json.to_string())
}

fn convert(value: &Value, budget: &mut Budget, depth: usize) -> Result<JsonValue, TemplateError> {
    if depth > MAX_DEPTH {
        return Err(TemplateError::new("its value nests too deep"));
    }
    if let Some(node) = value.downcast_object_ref::<Node>() {
        budget.take(weight(node.json()))?;
        if depth + json::depth(node.json()) > MAX_DEPTH {
            return Err(TemplateError::new("its value nests too deep"));
        }
        return Ok(node.json().clone());
    }
    match value.kind() {
        ValueKind::None => scalar(JsonValue::Null, budget),
        ValueKind::Bool => scalar(JsonValue::Bool(value.is_true()), budget),
        ValueKind::Number => scalar(number(value)?, budget),
        ValueKind::String => {
            let text = value.as_str().unwrap_or_default();
            budget.take(text.len().max(SCALAR_BYTES))?;
            Ok(JsonValue::from(text))
        }
        ValueKind::Seq | ValueKind::Iterable => {
            budget.take(SCALAR_BYTES)?;
            let items = value.try_iter().map_err(|_| no_json())?;
            items.map(|item| convert(&item, budget, depth + 1)).collect()
        }
        ValueKind::Map => {
            budget.take(SCALAR_BYTES)?;
            let keys = value.try_iter().map_err(|_| no_json())?;
            keys.map(|key| {
                let item = value.get_item(&key).map_err(|_| no_json())?;
                let key =
                    key.as_str().ok_or_else(|| TemplateError::new("an object has a key that is no text"))?;
                budget.take(key.len())?;
                Ok((key.to_owned(), convert(&item, budget, depth + 1)?))
            })
            .collect()
        }
        ValueKind::Undefined => Err(TemplateError::new("a part of its value has no value")),
        _ => Err(no_json()),
    }
}

fn scalar(value: JsonValue, budget: &mut Budget) -> Result<JsonValue, TemplateError> {
    budget.take(SCALAR_BYTES)?;
    Ok(value)
}

fn number(value: &Value) -> Result<JsonValue, TemplateError> {
    match serde_json::to_value(value) {
        Ok(number @ JsonValue::Number(_)) => Ok(number),
        _ => Err(TemplateError::new("a number is too large for JSON")),
    }
}

fn no_json() -> TemplateError {
    TemplateError::new("its value cannot be written as JSON")
}

/// About the bytes of a value as text. Does not recurse.
pub(super) fn weight(value: &JsonValue) -> usize {
    let mut bytes = 0_usize;
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        bytes += match value {
            JsonValue::String(text) => text.len().max(SCALAR_BYTES),
            JsonValue::Object(members) => {
                open.extend(members.values());
                members.keys().map(String::len).sum::<usize>() + SCALAR_BYTES
            }
            JsonValue::Array(items) => {
                open.extend(items);
                SCALAR_BYTES
            }
            _ => SCALAR_BYTES,
        };
    }
    bytes
}
