use magone_core::workflow::schema;

use super::*;

#[test]
fn instances_fit_their_schemas() {
    let schemas = [
        json!({"type": "object", "required": ["kpis", "summary"]}),
        json!({"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}, "additionalProperties": false}),
        json!({"properties": {"a": {"type": "string", "minLength": 20}}, "required": ["a", "b"]}),
        json!({"type": "array", "minItems": 3, "items": {"type": "object", "required": ["x"], "properties": {"x": {"type": "number", "exclusiveMinimum": 0, "maximum": 0.25}}}}),
        json!({"type": "array", "maxItems": 0}),
        json!({"type": "array", "prefixItems": [{"type": "integer"}, {"type": "boolean"}]}),
        json!({"type": ["string", "null"], "maxLength": 3}),
        json!({"enum": ["low", "high"]}),
        json!({"const": {"k": [1]}}),
        json!({"type": "integer", "minimum": 10, "maximum": 10}),
        json!({"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 5}),
        json!({"type": "integer", "maximum": -7}),
        json!({"type": "number", "minimum": 0, "maximum": 1}),
        json!({"type": "boolean"}),
        json!({"type": "null"}),
        json!({"anyOf": [{"type": "integer"}, {"type": "string"}]}),
        json!({"type": "object", "required": ["a"], "oneOf": [{"properties": {"b": {"type": "integer"}}, "required": ["b"]}]}),
        json!({"allOf": [{"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}, {"type": "object", "required": ["b"]}]}),
        json!({"$defs": {"kpi": {"type": "object", "required": ["name"]}}, "type": "array", "items": {"$ref": "#/$defs/kpi"}}),
        json!({"type": "string", "format": "date-time"}),
        json!({}),
        json!(true),
    ];
    for schema in schemas {
        let compiled = schema::compile(&schema).unwrap();
        for members in [Members::Required, Members::All] {
            let value = of(&schema, members);
            assert!(compiled.problems(&value).is_empty(), "{schema} does not take {value}");
        }
    }
}

#[test]
fn declared_members_are_made_on_request() {
    let schema = json!({"type": "object", "required": ["a"], "properties": {"b": {"type": "integer"}}});
    assert_eq!(of(&schema, Members::Required), json!({"a": "a"}));
    assert_eq!(of(&schema, Members::All), json!({"a": "a", "b": 1}));
}

#[test]
fn circles_and_huge_bounds_end() {
    let circle = json!({"type": "object", "properties": {"next": {"$ref": "#"}}, "required": ["next"]});
    assert!(of(&circle, Members::All).is_object());
    let own = json!({"$ref": "#"});
    assert_eq!(of(&own, Members::All), Value::Null);
    let list = json!({"type": "array", "minItems": u64::MAX});
    assert_eq!(of(&list, Members::All).as_array().unwrap().len(), 100);
    let text = json!({"type": "string", "minLength": u64::MAX});
    assert_eq!(of(&text, Members::All).as_str().unwrap().len(), 10_000);
    assert_eq!(of(&json!({"type": "object", "required": [5], "properties": 7}), Members::All), json!({}));
}

#[test]
fn filling_replaces_nothing() {
    assert_eq!(completed(json!({"a": 1}), &json!({"a": 2, "b": 3})), json!({"a": 1, "b": 3}));
    assert_eq!(completed(json!("x"), &json!({"a": 2})), json!("x"));
}
