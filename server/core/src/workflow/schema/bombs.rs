//! Schemas that would take for ever, for tests.

use serde_json::{Value, json};

/// `levels` schemas, each of which names the next one twice.
pub(in crate::workflow) fn doubling(levels: usize, keyword: &str) -> Value {
    let mut parts: serde_json::Map<String, Value> = (0..levels)
        .map(|n| {
            let next = json!({"$ref": format!("#/$defs/a{}", n + 1)});
            (format!("a{n}"), json!({ keyword: [next, next] }))
        })
        .collect();
    parts.insert(format!("a{levels}"), json!({"type": "string"}));
    json!({"$defs": parts, "$ref": "#/$defs/a0"})
}
