//! The format as a JSON Schema (draft 2020-12), for editors and generators. It is made from the types
//! and knows what they know: members, kinds of steps, words. What a definition means as a whole
//! (steps that exist, names in templates, ranges) is `validate`'s.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::Definition;

/// The schema of a definition.
#[must_use]
pub fn definition() -> Value {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Definition>();
    schema.insert("title".to_owned(), Value::from("Magone workflow definition, version 1"));
    schema.into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::workflow::{StepKind, schema};

    fn problems(document: &Value) -> usize {
        schema::compile(&definition()).unwrap().problems(document).len()
    }

    fn with(step: Value) -> Value {
        json!({"id": "a", "entry_step": "a", "steps": [step]})
    }

    #[test]
    fn every_kind_of_step_is_in_it() {
        let text = definition().to_string();
        for kind in StepKind::NAMES {
            assert!(text.contains(&format!("\"const\":\"{kind}\"")), "{kind}");
        }
    }

    #[test]
    fn it_tells_right_from_wrong() {
        for right in [
            with(json!({"id": "a", "type": "wait", "seconds": 5, "on_error": "continue"})),
            with(json!({"id": "a", "type": "wait", "until": "{{ input }}", "on_error": {"next": "b"}})),
            with(json!({"id": "a", "type": "map", "items": [1], "as": "x", "steps": ["b"], "summary": "s"})),
            with(json!({"id": "a", "type": "approval", "prompt": "?", "on_timeout": "reject"})),
            with(json!({"id": "a", "type": "knowledge", "collection": "c", "query": "q"})),
            with(json!({"id": "a", "type": "knowledge", "collection": "c", "query": "q", "top_k": 9,
                "filter": {"region": "{{ input }}", "year": [2024, 2025]}})),
        ] {
            assert_eq!(problems(&right), 0, "{right}");
        }
        for wrong in [
            json!({"id": "a", "steps": []}),
            with(json!({"id": "a", "type": "waits"})),
            with(json!({"id": "a", "type": "transform"})),
            with(json!({"id": "a", "type": "transform", "value": 1, "nxt": "b"})),
            with(json!({"id": "a", "type": "approval", "prompt": "?", "on_timeout": "maybe"})),
            with(json!({"id": "a", "type": "knowledge", "collection": "c"})),
            with(json!({"id": "a", "type": "knowledge", "collection": "c", "query": "q", "filter": "x"})),
        ] {
            assert!(problems(&wrong) > 0, "{wrong}");
        }
    }
}
