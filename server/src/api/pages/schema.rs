//! Schemas as tables: what a member is called, what it may be, what it is for.

use serde_json::Value;

use super::page::{escaped, rendered};
use crate::api::openapi;

const PLACE: &str = "#/components/schemas/";

/// What a value may be, in few words; with a link where it has a name.
pub(super) fn kind(schema: &Value) -> String {
    if let Some(name) = member(schema, "$ref").and_then(|place| place.strip_prefix(PLACE)) {
        return format!("<a href=\"#schema-{name}\">{name}</a>");
    }
    for word in ["anyOf", "oneOf", "allOf"] {
        if let Some(all) = schema.get(word).and_then(Value::as_array) {
            return all.iter().map(kind).filter(|kind| kind != "any").collect::<Vec<_>>().join(" | ");
        }
    }
    if let Some(value) = schema.get("const") {
        return escaped(&value.to_string());
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return values.iter().map(|value| escaped(&value.to_string())).collect::<Vec<_>>().join(" | ");
    }
    match schema.get("type") {
        Some(Value::String(kind)) if kind == "array" => {
            format!("list of {}", schema.get("items").map_or_else(|| "any".to_owned(), self::kind))
        }
        Some(Value::String(kind)) => escaped(kind),
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" | "),
        _ => "any".to_owned(),
    }
}

/// The members of an object, as a table; nothing for what is no object.
pub(super) fn members(schema: &Value) -> String {
    let needed = openapi::required(schema);
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let rows = properties.map(|(name, member)| row(name, needed.contains(&name.as_str()), member));
    table(rows.collect())
}

/// One row: a name, whether it has to be there, what it may be, what it is for.
pub(super) fn row(name: &str, needed: bool, schema: &Value) -> String {
    let text = rendered(member(schema, "description").unwrap_or_default());
    let needed = if needed { "" } else { " <em>optional</em>" };
    format!("<tr><td><code>{}</code>{needed}<td>{}<td>{text}", escaped(name), kind(schema))
}

/// A table of rows; nothing where there are none.
pub(super) fn table(rows: Vec<String>) -> String {
    if rows.is_empty() { String::new() } else { format!("<table>{}</table>", rows.concat()) }
}

/// A member that is a text.
pub(super) fn member<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

/// A schema with a name.
pub(super) fn named(name: &str, schema: &Value) -> String {
    let about = rendered(member(schema, "description").unwrap_or_default());
    let alternatives = ["anyOf", "oneOf"].iter().find_map(|word| schema.get(*word).and_then(Value::as_array));
    let alternatives = alternatives.into_iter().flatten().map(|one| {
        let text = rendered(member(one, "description").unwrap_or_default());
        format!("<tr><td>{}<td>{text}{}", kind(one), members(one))
    });
    format!(
        "<details id=\"schema-{name}\"><summary><code>{name}</code> <span>{}</span></summary><div>{about}{}{}</div></details>\n",
        kind(&without_alternatives(schema)),
        members(schema),
        table(alternatives.collect()),
    )
}

/// What it is altogether: the alternatives have a table of their own.
fn without_alternatives(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(members) = schema.as_object_mut() {
        members.retain(|name, _| !matches!(name.as_str(), "anyOf" | "oneOf" | "enum"));
    }
    schema
}
