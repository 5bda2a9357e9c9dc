use serde_json::{Value, json};

use super::*;
use crate::workflow::schema::bombs::doubling;
use crate::workflow::schema::compile;

/// `levels` schemas, each of which asks what the next one left unevaluated.
fn unevaluated(levels: usize, keyword: &str) -> Value {
    let parts: serde_json::Map<String, Value> = (0..levels)
        .map(|n| (format!("a{n}"), json!({"$ref": format!("#/$defs/a{}", n + 1), keyword: true})))
        .chain([(format!("a{levels}"), json!(true))])
        .collect();
    json!({"$defs": parts, "$ref": "#/$defs/a0"})
}

/// `{"a": {"a": … 1}}`
fn nested(levels: usize) -> Value {
    (0..levels).fold(json!(1), |inner, _| json!({ "a": inner }))
}

fn looks(schema: &Value, value: &Value) -> Option<u64> {
    let effort = Effort::of(schema, &|pattern| 1_000 * u64::try_from(pattern.len()).unwrap()).unwrap();
    let left = effort.count(value, Looks::from([(effort.whole, 1)]), MAX_LOOKS);
    left.map(|left| MAX_LOOKS - left)
}

#[test]
fn looks_are_counted_where_the_library_takes_them() {
    let list = json!({"items": {"type": "integer"}, "prefixItems": [true]});
    for (schema, value, expected) in [
        (json!(true), json!({"a": 1}), 1),
        (json!({"type": "string"}), json!("x"), 1),
        (json!({"properties": {"a": true, "b": true}}), json!({"a": 1, "c": 2}), 1 + 2 + 1),
        (json!({"required": ["a", "b", "c"]}), json!({}), 1 + 3),
        (
            json!({"properties": {"a": true}, "additionalProperties": false}),
            json!({"a": 1, "b": 2}),
            1 + 1 + 3,
        ),
        (json!({"patternProperties": {"^a": true, "b$": true}}), json!({"aaa": 1}), 3 + 3 * 4),
        (json!({"propertyNames": {"pattern": "^a$"}}), json!({"aa": 1, "b": 2}), 1 + 2 + 3 * 3),
        (json!({"allOf": [true, true], "unevaluatedProperties": true}), json!({"a": 1}), 1 + 2 * 4 + 1),
        (json!({"items": {"pattern": "^a+$"}}), json!(["aaaaa", 5]), 3 + 4 * 5),
        (list, json!([1, 2]), 4),
        (json!({"items": [true, true], "contains": true}), json!([1, 2, 3]), 6),
        (json!({"allOf": [true, {"not": true}], "if": true, "then": true}), json!(1), 6),
        (json!({"dependencies": {"a": ["b"], "c": {"anyOf": [true]}}}), json!(1), 4),
        (doubling(3, "anyOf"), json!(1), 30),
        (json!({"properties": {"a": {"$ref": "#"}}}), nested(4), 9 + 4),
        (json!({"$defs": {"a b": {"type": "integer"}}, "$ref": "#/$defs/a%20b"}), json!(1), 2),
    ] {
        assert_eq!(looks(&schema, &value), Some(expected), "{schema}");
    }
}

#[test]
fn schemas_that_would_look_too_often_are_refused_for_any_value() {
    let multiply = "its references multiply: it would look at one value more than 10000 times";
    let circle = "a `$ref` leads back to where it is, and nothing of the value is looked at on the way";
    for (schema, why) in [
        (doubling(12, "anyOf"), multiply),
        (doubling(60, "anyOf"), multiply),
        (doubling(200, "allOf"), multiply),
        (doubling(200, "oneOf"), multiply),
        (json!({"items": {"allOf": vec![true; 10_000]}}), multiply),
        (unevaluated(40, "unevaluatedProperties"), multiply),
        (unevaluated(40, "unevaluatedItems"), multiply),
        (json!({"$ref": "#"}), circle),
        (json!({"not": {"anyOf": [{"$ref": "#"}]}}), circle),
        (
            json!({"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}),
            circle,
        ),
    ] {
        let shown: String = schema.to_string().chars().take(80).collect();
        assert_eq!(Effort::of(&schema, &|_| 1).unwrap_err(), why, "{shown}");
        assert_eq!(
            compile(&schema).unwrap_err().detail,
            format!("the schema cannot be used: {why}"),
            "{shown}"
        );
    }
    assert!(compile(&doubling(11, "anyOf")).is_ok());
    assert!(compile(&unevaluated(6, "unevaluatedProperties")).is_ok());
}

#[test]
fn references_lead_to_a_way_from_the_top() {
    for (schema, why) in [
        (json!({"$dynamicRef": "#"}), "`$dynamicRef` cannot be used: write `$ref`, and where it leads"),
        (
            json!({"$defs": {"a": {"$anchor": "here"}}, "$ref": "#here"}),
            "the `$ref` `#here` cannot be followed: write it as `#/` and the way from the top",
        ),
        (
            json!({"items": {"$id": "https://example.com/inner"}}),
            "an `$id` inside of the schema changes what references mean: take it out",
        ),
    ] {
        assert_eq!(compile(&schema).unwrap_err().detail, format!("the schema cannot be used: {why}"));
    }
    let named =
        json!({"$id": "https://example.com/a", "$defs": {"b": {"type": "null"}}, "$ref": "#/$defs/b"});
    assert_eq!(compile(&named).unwrap().problems(&json!(1)).len(), 1);
    let called = json!({"properties": {"$id": {"type": "string"}, "$ref": {"type": "string"}}});
    assert!(compile(&called).is_ok());
}

/// A schema whose alternatives go on with the same member: each level of the value multiplies.
fn alternatives(count: usize) -> Value {
    let one = json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/tree"}}, "required": ["z"]});
    json!({"$defs": {"tree": {"anyOf": vec![one; count]}}, "$ref": "#/$defs/tree"})
}

/// Were any of these judged, it would take longer than the universe is old.
#[test]
fn values_that_would_be_looked_at_too_often_are_refused() {
    let chained = (0..40).fold(json!({"type": "null"}), |inner, n| {
        let name = format!("p{n}");
        json!({"$defs": {name.clone(): inner}, "properties": {"a": {"allOf": [{"$ref": name.clone()}, {"$ref": name}]}}})
    });
    assert!(compile(&chained).is_err(), "references into other documents");
    for schema in [alternatives(2), alternatives(12)] {
        let compiled = compile(&schema).unwrap();
        assert_eq!(compiled.problems(&nested(2)).len(), 1);
        let problems = compiled.problems(&nested(60));
        assert_eq!(problems.len(), 1);
        assert_eq!(
            problems[0].detail,
            "the schema would look at this value more than 10000000 times: make the value smaller or nest it \
             less deep, or let fewer of the schema's parts look at the same place"
        );
    }
    // Neither references nor depth: as many schemas as fit, times as many values as fit.
    let names: Vec<String> = (0..5_000).map(|n| format!("m{n}")).collect();
    let known: serde_json::Map<String, Value> =
        names.iter().map(|name| (name.clone(), json!(true))).collect();
    for schema in [json!({"items": {"properties": known}}), json!({"items": {"required": names}})] {
        assert_eq!(compile(&schema).unwrap().problems(&Value::Array(vec![json!({}); 10_000])).len(), 1);
    }
    let each = json!({"$defs": doubling(11, "allOf")["$defs"], "items": {"$ref": "#/$defs/a0"}});
    let compiled = compile(&each).unwrap();
    assert_eq!(compiled.problems(&json!(["x"])), []);
    assert_eq!(compiled.problems(&Value::Array(vec![json!("x"); 1_300])).len(), 1);
}

/// The library would compare the first of them for minutes.
#[test]
fn texts_that_are_long_for_a_pattern_are_refused() {
    let text = json!("a".repeat(1 << 20));
    let large = compile(&json!({"items": {"pattern": "a[a-z]{9000}b"}})).unwrap();
    assert!(
        large.problems(&json!([text]))[0].detail.starts_with("the schema would look at this value more than")
    );
    assert_eq!(large.problems(&json!(["a".repeat(100)])).len(), 1, "it does not match");
    for pattern in ["^[a-z]+$", "^a{3}.*$", "^(a|aa)+$"] {
        assert_eq!(compile(&json!({"pattern": pattern})).unwrap().problems(&text), [], "{pattern}");
    }
    let dates = json!({"items": {"pattern": "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z$"}});
    let many = Value::Array(vec![json!("2026-01-31T10:00:00Z"); 10_000]);
    assert_eq!(compile(&dates).unwrap().problems(&many), []);
}

#[test]
fn ordinary_recursion_is_no_bomb() {
    // Alternatives that go on with members of their own do not multiply.
    let parts = ["and", "or", "not"].map(
        |name| json!({"type": "object", "properties": {name: {"$ref": "#/$defs/rule"}}, "required": [name]}),
    );
    let schema = json!({"$defs": {"rule": {"oneOf": [parts[0], parts[1], parts[2], {"type": "integer"}]}}, "$ref": "#/$defs/rule"});
    let value = (0..60).fold(json!(1), |inner, n| json!({ ["and", "or", "not"][n % 3]: inner }));
    assert_eq!(looks(&schema, &value), Some(1 + 61 * 5 + 60 + 60 * 6));
    assert_eq!(compile(&schema).unwrap().problems(&value), []);
}
