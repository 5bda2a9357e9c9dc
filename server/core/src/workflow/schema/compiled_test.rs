use serde_json::json;

use super::*;

fn problems(schema: &Value, value: &Value) -> Vec<String> {
    let found = compile(schema).unwrap().problems(value);
    found.into_iter().map(|problem| format!("{}: {}", problem.pointer, problem.detail)).collect()
}

#[test]
fn values_are_judged_with_pointers_and_without_repeating_them() {
    let schema = json!({
        "type": "object",
        "properties": {
            "a": {"type": "string"},
            "b": {"minimum": 3},
            "list": {"type": "array", "items": {"$ref": "#/$defs/word"}},
            "one": {"enum": ["x", "y"]},
            "c": true,
            "e/f": true,
        },
        "required": ["c", "e/f"],
        "additionalProperties": false,
        "$defs": {"word": {"type": "string", "pattern": "^[a-z]+$"}},
    });
    let value = json!({"a": 1, "b": 2, "d": 1, "list": ["ok", "NOT"], "one": "secret", "x/y": 1});
    let mut found = problems(&schema, &value);
    found.sort();
    assert_eq!(
        found,
        [
            "/a: the value is not of type \"string\"",
            "/b: the value is less than the minimum of 3",
            "/c: `c` is missing",
            "/d: `d` is not expected here",
            "/e~1f: `e/f` is missing",
            "/list/1: the value does not match \"^[a-z]+$\"",
            "/one: the value is not one of \"x\" or \"y\"",
            "/x~1y: `x/y` is not expected here",
        ]
    );
    assert_eq!(problems(&schema, &json!({"c": 1, "e/f": null})), Vec::<String>::new());
}

#[test]
fn schemas_that_cannot_be_used_say_where_and_why() {
    let deep = (0..40).fold(json!({}), |inner, _| json!({ "not": inner }));
    let long = json!({"description": "x".repeat(MAX_SCHEMA_BYTES)});
    let outside = "a `$ref` or `$schema` leads to something that is not in the schema itself";
    let pattern = "the pattern cannot be used: it is not well formed, too large, or looks around or back";
    for (schema, pointer, detail) in [
        (json!(1), "", "this is no JSON Schema: the value is not of types \"boolean\", \"object\""),
        (json!({"type": "strin"}), "/type", "this is no JSON Schema: the value is not valid under any"),
        (json!({"properties": {"a": {"required": 1}}}), "/properties/a/required", "this is no JSON Schema"),
        (json!({"$ref": "https://example.com/a.json"}), "", outside),
        (json!({"$ref": "file:///etc/passwd"}), "", outside),
        (json!({"$ref": "other.json"}), "", outside),
        (json!({"$ref": "#/$defs/absent"}), "", outside),
        (json!({"$schema": "https://example.com/own"}), "", outside),
        (json!({"pattern": "("}), "/pattern", pattern),
        (json!({"pattern": "(?=a)b"}), "/pattern", pattern),
        (json!({"pattern": "((a{100}){100}){100}"}), "/pattern", pattern),
        (deep, "", "the schema nests deeper than 32 levels"),
        (long, "", "the schema has more than 65536 bytes"),
    ] {
        let problem = compile(&schema).unwrap_err();
        assert_eq!(problem.pointer, pointer, "{problem:?}");
        assert!(problem.detail.starts_with(detail), "{problem:?}");
    }
}

#[test]
fn schemas_that_lead_to_themselves_end() {
    for schema in [
        json!({"$ref": "#"}),
        json!({"allOf": [{"$ref": "#"}]}),
        json!({"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/b"}]}, "b": {"anyOf": [{"$ref": "#/$defs/a"}]}},
               "$ref": "#/$defs/a"}),
        json!({"$dynamicRef": "#"}),
    ] {
        if let Ok(compiled) = compile(&schema) {
            assert!(compiled.problems(&json!({"a": 1})).len() <= MAX_PROBLEMS);
        }
    }
    let tree = json!({"properties": {"a": {"$ref": "#"}}, "type": "object"});
    assert_eq!(problems(&tree, &json!({"a": {"a": 1}})), ["/a/a: the value is not of type \"object\""]);
    let deep = (0..127).fold(json!(1), |inner, _| json!({ "a": inner }));
    assert_eq!(problems(&tree, &deep).len(), 1);
}

#[test]
fn patterns_take_linear_time() {
    let value = json!("a".repeat(100_000) + "!");
    assert_eq!(problems(&json!({"pattern": "^(a+)+$"}), &value).len(), 1);
}

#[test]
fn problems_are_bounded() {
    let value = Value::Array(vec![json!(1); 1_000]);
    assert_eq!(problems(&json!({"items": {"type": "string"}}), &value).len(), MAX_PROBLEMS);
}
