//! Definitions that are too much of something: each is refused with a sentence, or fits.

use serde_json::{Value, json};

use super::*;
use crate::workflow::program::Program;
use crate::workflow::schema::bombs::doubling;

/// What is wrong with a definition of these steps, which begins at the first.
fn found(head: &Value, steps: &[Value]) -> Vec<String> {
    let mut definition = json!({"id": "flood", "entry_step": steps[0]["id"], "steps": steps});
    for (name, value) in head.as_object().unwrap() {
        definition[name] = value.clone();
    }
    match read_definition_value(definition, Known::ANYTHING) {
        // What can be saved can be made ready to run.
        Ok(definition) if Program::agents_named(&definition).is_empty() => {
            Program::new(definition, []).unwrap();
            Vec::new()
        }
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(|p| format!("{} {}", p.pointer, p.detail)).collect(),
    }
}

fn sets(id: impl Into<String>, next: Option<String>) -> Value {
    json!({"id": id.into(), "type": "transform", "value": "{{ index }}", "next": next})
}

/// Schemas that ask for more than can be given, where it shows, and the sentence.
fn bombs() -> Vec<(Value, &'static str, &'static str)> {
    let deep = (0..40).fold(json!({}), |inner, _| json!({ "not": inner }));
    let many: Vec<Value> = (0..3_500).map(|_| json!({"$ref": "#/a"})).collect();
    let names = (0..3_000).map(|n| (format!("a[a-z]{{{n}}}b"), json!(true)));
    let patterns: serde_json::Map<String, Value> = names.collect();
    let multiply = "the schema cannot be used: its references multiply: it would look at one value more than \
                    10000 times";
    let pattern = "the pattern cannot be used: it is not well formed, too large, or looks around or back";
    let circle = json!({"$defs": {"a": {"allOf": [{"$ref": "#/$defs/b"}]}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"});
    vec![
        (deep, "", "the schema nests deeper than 32 levels"),
        (json!({"description": "x".repeat(64 << 10)}), "", "the schema has more than 65536 bytes"),
        (json!({"a": {"anyOf": vec![true; 10]}, "allOf": many}), "", multiply),
        (doubling(100, "anyOf"), "", multiply),
        (doubling(100, "oneOf"), "", multiply),
        (doubling(100, "allOf"), "", multiply),
        (
            circle,
            "",
            "the schema cannot be used: a `$ref` leads back to where it is, and nothing of the value is looked \
             at on the way",
        ),
        (json!({"pattern": "((a{100}){100}){100}"}), "/pattern", pattern),
        (json!({"pattern": "(?:\\w{100}){1000}"}), "/pattern", pattern),
        (json!({"patternProperties": {"(x{1000}){1000}": true}}), "/patternProperties", pattern),
        (json!({"patternProperties": patterns}), "/patternProperties", pattern),
    ]
}

#[test]
fn schema_bombs_are_refused_wherever_a_schema_stands() {
    let last = |step: Value| (json!({}), vec![step]);
    for (schema, inside, sentence) in bombs() {
        let agent = json!({"id": "a", "type": "agent", "agent": "writer", "output_schema": schema});
        let llm =
            json!({"id": "a", "type": "llm", "model": "scripted/x", "prompt": "p", "output_schema": schema});
        for (place, (head, steps)) in [
            ("/input_schema", (json!({"input_schema": schema}), vec![sets("a", None)])),
            ("/output_schema", (json!({"output_schema": schema}), vec![sets("a", None)])),
            ("/steps/0/output_schema", last(agent)),
            ("/steps/0/output_schema", last(llm)),
            (
                "/steps/0/schema",
                last(json!({"id": "a", "type": "approval", "prompt": "p", "schema": schema})),
            ),
        ] {
            let found = found(&head, &steps);
            let found: Vec<_> = found.iter().filter(|line| !line.starts_with("/steps/0/value")).collect();
            assert_eq!(found.len(), 1, "{found:?} {:.200}", schema.to_string());
            assert!(found[0].starts_with(&format!("{place}{inside}")), "{found:?}");
            assert!(found[0].ends_with(sentence), "{found:?}");
        }
        let agent = json!({"id": "a", "model": "scripted/x", "output_schema": schema});
        let problems = read_agent_value(agent, Known::ANYTHING).unwrap_err();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].pointer.starts_with("/output_schema"), "{problems:?}");
    }
}

#[test]
fn a_megabyte_of_template_is_refused_wherever_a_template_stands() {
    let one_line = "the template is wrong: a line has more than 60000 characters; break it";
    let one_tag = "the template is wrong: an expression has more than 256 parts; split it into several steps";
    let together = "/steps the templates have more than 1048576 bytes together";
    let step = |member: &str, text: &str| match member {
        "items" => json!({"id": "a", "type": "map", "items": text, "steps": ["b"]}),
        "while" => json!({"id": "a", "type": "loop", "while": text, "max_iterations": 2, "steps": ["b"]}),
        "prompt" => json!({"id": "a", "type": "approval", "prompt": text, "next": "b"}),
        "summary" => json!({"id": "a", "type": "wait", "seconds": 1, "summary": text, "next": "b"}),
        _ => json!({"id": "a", "type": "transform", "value": [{"deep": text}], "next": "b"}),
    };
    let b = json!({"id": "b", "type": "transform", "value": 1});
    let million = (1 << 20) + 1;
    for (member, place) in [
        ("items", "/steps/0/items"),
        ("while", "/steps/0/while"),
        ("prompt", "/steps/0/prompt"),
        ("summary", "/steps/0/summary"),
        ("value", "/steps/0/value/0/deep"),
    ] {
        let tag =
            |inside: &str| if member == "while" { inside.to_owned() } else { format!("{{{{ {inside} }}}}") };
        let found = |text: &str| found(&json!({}), &[step(member, text), b.clone()]);
        let line = tag(&"x".repeat(million));
        assert_eq!(found(&line), [together.to_owned(), format!("{place} {one_line}")]);
        for unit in ["1 +\n", "(\n", "not\n", "x|abs|\n"] {
            let long = tag(&unit.repeat(million / unit.len() + 1));
            assert_eq!(found(&long), [together.to_owned(), format!("{place} {one_tag}")], "{unit:?}");
        }
        let text = tag(&format!("'{}'", "long\n".repeat(million / 5)));
        assert_eq!(found(&text), [together], "{member}: sound, but too much of it");
        assert_eq!(found(&text.replacen(&"long\n".repeat(100), "", 1)), [""; 0], "{member}: as much as fits");
    }
}

#[test]
fn ten_thousand_steps_with_maps_and_loops_inside_are_judged() {
    let inside = |n: usize| {
        let next = (n < 1_998).then(|| format!("m{}", n + 1));
        let around = match n % 2 {
            0 => json!({"type": "map", "items": "{{ input }}", "max_concurrency": 3}),
            _ => json!({"type": "loop", "while": format!("steps.c{n}.output < 3"), "max_iterations": 3}),
        };
        let mut around = around;
        around["id"] = json!(format!("m{n}"));
        around["steps"] = json!([format!("a{n}"), format!("b{n}"), format!("c{n}"), format!("d{n}")]);
        around["next"] = json!(next);
        let seen = json!({"id": format!("d{n}"), "type": "transform", "value": format!("{{{{ steps.a{n}.output }}}}")});
        [around, sets(format!("a{n}"), None), sets(format!("b{n}"), None), sets(format!("c{n}"), None), seen]
    };
    let mut steps: Vec<Value> = (0..1_999).flat_map(inside).collect();
    steps[1_998 * 5]["next"] = json!("end");
    steps.extend((0..5).map(|n| sets(format!("e{n}"), None)));
    steps[9_995] = json!({"id": "end", "type": "map", "items": [1], "steps": ["e1", "e2", "e3", "e4"]});
    assert_eq!(steps.len(), MAX_STEPS);
    assert_eq!(found(&json!({}), &steps), [""; 0]);
    steps.push(sets("more", None));
    assert_eq!(found(&json!({}), &steps), ["/steps a definition has 1 to 10000 steps"]);
}

#[test]
fn a_list_of_ten_thousand_steps_is_judged() {
    let ids: Vec<String> = (1..MAX_STEPS).map(|n| format!("s{n}")).collect();
    let mut steps = vec![json!({"id": "all", "type": "map", "items": [1], "steps": ids})];
    steps.extend(ids.iter().map(|id| sets(id, None)));
    assert_eq!(found(&json!({}), &steps), [""; 0]);
    let again = json!({"id": "all", "type": "map", "items": [1], "steps": vec!["s1"; 100_000]});
    let circle = "/steps/0/steps/1 the steps go in a circle: s1 -> s1";
    assert_eq!(found(&json!({}), &[again, sets("s1", None)]), [circle]);
}

/// Were the ways on of a step looked at again for each circle, these would take minutes.
#[test]
fn branches_with_many_ways_back_are_judged() {
    let case = |to: String| json!({"when": "true", "next": to});
    let back: Vec<Value> = (0..40_000).map(|_| case("a".to_owned())).collect();
    let only = json!({"id": "a", "type": "branch", "cases": back});
    assert_eq!(found(&json!({}), &[only]), ["/steps/0/cases/0/next the steps go in a circle: a -> a"]);
    let mut steps: Vec<Value> = (0..9_999)
        .map(|n| json!({"id": format!("s{n}"), "type": "wait", "seconds": 1, "next": format!("s{}", n + 1)}))
        .collect();
    let cases: Vec<Value> = (0..9_999).map(|n| case(format!("s{n}"))).collect();
    steps.push(json!({"id": "s9999", "type": "branch", "cases": cases}));
    let circles = found(&json!({}), &steps);
    assert_eq!(circles.len(), 9_999);
    assert_eq!(
        circles[9_998],
        "/steps/9999/cases/9998/next the steps go in a circle: s9998 -> s9999 -> s9998"
    );
}

#[test]
fn a_map_has_ten_thousand_items_at_most() {
    let map = |count: usize| json!({"id": "a", "type": "map", "items": vec![1; count], "steps": ["b"]});
    assert_eq!(found(&json!({}), &[map(10_000), sets("b", None)]), [""; 0]);
    let refused = "/steps/0/items a map goes through at most 10000 items";
    for count in [10_001, 100_000] {
        assert_eq!(found(&json!({}), &[map(count), sets("b", None)]), [refused]);
    }
}
