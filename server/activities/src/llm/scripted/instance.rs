//! Values made from a JSON Schema: the shape is right, the content is a placeholder. Knows types,
//! `const`, `enum`, `default`, bounds on numbers, texts and lists, common formats, `allOf`, `anyOf`,
//! `oneOf` and references inside the document; other keywords (`pattern`, `if`, `not`) are passed
//! over.

use serde_json::{Map, Value, json};

/// References may run in circles.
const DEEPEST: usize = 16;
/// A schema may ask for a million items.
const MOST_ITEMS: u64 = 100;
const LONGEST_TEXT: u64 = 10_000;

/// Which members of an object are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Members {
    /// The required ones.
    Required,
    /// The required and the declared ones.
    All,
}

/// A value for `schema`.
pub(super) fn of(schema: &Value, members: Members) -> Value {
    Maker { root: schema, members }.make(schema, "value", DEEPEST)
}

/// `value` with the members of `filling` that it lacks.
pub(super) fn completed(mut value: Value, filling: &Value) -> Value {
    if let (Some(members), Some(filling)) = (value.as_object_mut(), filling.as_object()) {
        for (name, fill) in filling {
            members.entry(name.as_str()).or_insert_with(|| fill.clone());
        }
    }
    value
}

struct Maker<'a> {
    root: &'a Value,
    members: Members,
}

impl Maker<'_> {
    fn make(&self, schema: &Value, name: &str, depth: usize) -> Value {
        let Some(depth) = depth.checked_sub(1) else {
            return Value::Null;
        };
        if let Some(value) = given(schema) {
            return value;
        }
        if let Some(target) = schema.get("$ref").and_then(Value::as_str).and_then(|r| self.referenced(r)) {
            return self.make(target, name, depth);
        }
        for choice in ["anyOf", "oneOf"] {
            if let Some(first) = schema.get(choice).and_then(|choices| choices.get(0)) {
                return completed(self.make(first, name, depth), &self.typed(schema, name, depth));
            }
        }
        let own = self.typed(schema, name, depth);
        let all = schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        all.iter().fold(own, |value, part| {
            let part = self.make(part, name, depth);
            if value.is_null() { part } else { completed(value, &part) }
        })
    }

    fn referenced(&self, reference: &str) -> Option<&Value> {
        self.root.pointer(reference.strip_prefix('#')?)
    }

    fn typed(&self, schema: &Value, name: &str, depth: usize) -> Value {
        match kind(schema) {
            Some("object") => self.object(schema, depth),
            Some("array") => self.list(schema, name, depth),
            Some("string") => Value::String(text(schema, name)),
            Some("integer") => number(schema, 1.0),
            Some("number") => number(schema, 0.5),
            Some("boolean") => Value::Bool(true),
            _ => Value::Null,
        }
    }

    fn object(&self, schema: &Value, depth: usize) -> Value {
        let empty = Map::new();
        let declared = schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
        let required =
            schema.get("required").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let required = required.iter().filter_map(Value::as_str);
        let others = declared.keys().map(String::as_str).filter(|_| self.members == Members::All);
        let anything = json!({"type": "string"});
        let members = required
            .chain(others)
            .map(|name| (name.to_owned(), self.make(declared.get(name).unwrap_or(&anything), name, depth)));
        Value::Object(members.collect())
    }

    fn list(&self, schema: &Value, name: &str, depth: usize) -> Value {
        let anything = json!({"type": "string"});
        let first =
            schema.get("prefixItems").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let items = schema.get("items").filter(|items| items.is_object()).unwrap_or(&anything);
        let least = bound(schema, "minItems").unwrap_or(1).min(MOST_ITEMS);
        let most = bound(schema, "maxItems").unwrap_or(u64::MAX);
        let count = usize::try_from(least.min(most)).unwrap_or(1).max(first.len());
        let item = |place| self.make(first.get(place).unwrap_or(items), name, depth);
        Value::Array((0..count).map(item).collect())
    }
}

/// What the schema names itself.
fn given(schema: &Value) -> Option<Value> {
    let first = |list: &str| schema.get(list).and_then(|list| list.get(0));
    let given = schema.get("const").or_else(|| first("enum"));
    given.or_else(|| schema.get("default")).or_else(|| first("examples")).cloned()
}

/// The type, or what the keywords tell about it.
fn kind(schema: &Value) -> Option<&str> {
    let implied = || {
        let of = |keywords: &[&str], kind| keywords.iter().any(|k| schema.get(k).is_some()).then_some(kind);
        of(&["properties", "required"], "object")
            .or_else(|| of(&["items", "prefixItems", "minItems"], "array"))
            .or_else(|| of(&["minLength", "maxLength", "format"], "string"))
            .or_else(|| of(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"], "number"))
    };
    match schema.get("type") {
        Some(kind) => kind.as_str().or_else(|| kind.get(0)?.as_str()),
        None => implied(),
    }
}

fn bound(schema: &Value, keyword: &str) -> Option<u64> {
    schema.get(keyword).and_then(Value::as_u64)
}

fn text(schema: &Value, name: &str) -> String {
    let text = match schema.get("format").and_then(Value::as_str) {
        Some("date-time") => "2024-12-31T00:00:00Z",
        Some("date") => "2024-12-31",
        Some("time") => "00:00:00Z",
        Some("email") => "demo@example.com",
        Some("uri" | "url") => "https://example.com/",
        Some("uuid") => "00000000-0000-4000-8000-000000000000",
        _ => name,
    };
    let least = usize::try_from(bound(schema, "minLength").unwrap_or(0).min(LONGEST_TEXT)).unwrap_or(0);
    let most = usize::try_from(bound(schema, "maxLength").unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
    let missing = least.saturating_sub(text.chars().count());
    text.chars().chain(std::iter::repeat_n('x', missing)).take(most).collect()
}

/// `usual` where the bounds allow it, else the nearest whole number inside them, else the middle.
fn number(schema: &Value, usual: f64) -> Value {
    let of = |keyword: &str| schema.get(keyword).and_then(Value::as_f64);
    let (least, over) = (of("minimum").unwrap_or(f64::MIN), of("exclusiveMinimum").unwrap_or(f64::MIN));
    let (most, under) = (of("maximum").unwrap_or(f64::MAX), of("exclusiveMaximum").unwrap_or(f64::MAX));
    let fits = |n: f64| n >= least && n > over && n <= most && n < under;
    let low = least.max(over).ceil();
    let high = most.min(under).floor();
    let middle = (least.max(over) + most.min(under)) / 2.0;
    let found =
        [usual, low, low + 1.0, high, high - 1.0, middle].into_iter().find(|n| fits(*n)).unwrap_or(usual);
    whole(found).map_or_else(|| json!(found), |whole| json!(whole))
}

/// As an integer, because `1.0` reads oddly where an integer is asked for.
fn whole(number: f64) -> Option<i64> {
    let text = format!("{number:.0}");
    text.parse::<i64>().ok().filter(|_| number.fract() == 0.0)
}

#[cfg(test)]
#[path = "instance_test.rs"]
mod tests;
