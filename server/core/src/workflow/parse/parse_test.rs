use proptest::prelude::*;
use serde_json::{Value, json};

use super::shape::{AGENT, DEFINITION, Member, Shape};
use super::*;
use crate::workflow::{OnError, StepKind};

/// Every member of every kind of step.
const FULL: &str = r#"
id: kpi-sales
name: KPI sales
description: Figures
entry_step: fetch
context: { currency: AED }
overridable: [region]
config: { tone: formal, model: scripted/demo }
input_schema: { type: string }
output_schema: true
output: "{{ steps.format.output }}"
result_mode: raw
limits: { timeout_seconds: 60, sync_wait_seconds: 5, max_steps: 20, max_tokens: 1000, max_cost_usd: 0.5 }
steps:
  - { id: fetch, type: parallel, branches: [sales], fail: wait, next: check, timeout_seconds: 9 }
  - id: sales
    type: tool
    tool: builtin.echo
    arguments: { text: "{{ input }}" }
    retry: { max_attempts: 4, initial_interval_ms: 5, backoff: 1.5, max_interval_ms: 50 }
    on_error: continue
  - { id: check, type: branch, cases: [{ when: "true", next: ask }], default: pause }
  - { id: ask, type: llm, model: openai/x, system: s, prompt: p, output_schema: {}, next: pause, summary: Asking }
  - { id: pause, type: wait, seconds: 3, next: until }
  - { id: until, type: wait, until: "2030-01-01T00:00:00Z", next: shape, on_error: { next: give_up } }
  - { id: shape, type: transform, value: null, next: format }
  - { id: format, type: agent, agent: formatter, input: [1], output_schema: {}, max_turns: 2 }
  - { id: give_up, type: fail, code: no, message: enough }
"#;

fn pointers(problems: &[crate::workflow::Problem]) -> Vec<String> {
    problems.iter().map(|p| format!("{} {}", p.pointer, p.detail)).collect()
}

#[test]
fn yaml_and_json_read_alike() {
    let yaml = definition(FULL).unwrap();
    let json = serde_json::to_string_pretty(&yaml).unwrap();
    assert_eq!(definition(&json).unwrap(), yaml);
    assert_eq!(yaml.steps[1].on_error, Some(OnError::Continue));
    assert_eq!(yaml.steps[5].on_error, Some(OnError::Next { next: "give_up".to_owned() }));
    assert_eq!(yaml.steps.iter().map(|s| s.kind.name()).collect::<std::collections::BTreeSet<_>>().len(), 8);
    assert_eq!(definition("{id: a, entry_step: b, steps: []}").unwrap().entry_step, "b");
}

#[test]
fn empty_members_count_as_absent() {
    let read = definition(
        "id: a\nname:\nlimits:\nentry_step: b\nsteps:\n  - {id: b, type: transform, value: , next: }",
    );
    let read = read.unwrap();
    assert_eq!((read.name, read.limits), (None, crate::workflow::Limits::default()));
    assert_eq!(read.steps[0].kind, StepKind::Transform { value: Value::Null });
}

/// A value of each shape, so that the tables cannot promise what the types do not take.
fn sample(shape: &Shape) -> Value {
    match shape {
        Shape::Any => json!([1, "x", null]),
        Shape::Text => json!("text"),
        Shape::Whole(most) => json!(most),
        Shape::Number => json!(1.5),
        Shape::Word(words) => json!(words.last()),
        Shape::Object => json!({"a": 1}),
        Shape::Schema => json!(false),
        Shape::List(item) => json!([sample(item), sample(item)]),
        Shape::Members(members) => object(members),
        Shape::OnError => json!({"next": "a"}),
        Shape::Step => {
            let kinds = StepKind::NAMES.map(|kind| {
                let mut step = object(shape::STEP);
                let members = step.as_object_mut().unwrap();
                members.insert("type".to_owned(), json!(kind));
                members.extend(object(shape::of_kind(kind).unwrap()).as_object().unwrap().clone());
                step
            });
            json!(kinds)
        }
    }
}

fn object(members: &[Member]) -> Value {
    members.iter().map(|m| (m.name.to_owned(), sample(&m.shape))).collect()
}

#[test]
fn the_tables_and_the_types_are_the_same_format() {
    let mut full = object(DEFINITION);
    full["steps"] = sample(&Shape::Step);
    for step in full["steps"].as_array_mut().unwrap() {
        if ["branch", "fail"].contains(&step["type"].as_str().unwrap()) {
            step.as_object_mut().unwrap().remove("next");
        }
    }
    // What the tables let in the types read, and write it all again: neither knows more.
    let read = definition_from_value(full.clone()).unwrap();
    assert_eq!(serde_json::to_value(read).unwrap(), full);
    let full = object(AGENT);
    assert_eq!(serde_json::to_value(agent_from_value(full.clone()).unwrap()).unwrap(), full);
}

#[test]
fn every_structural_problem_is_found_in_one_pass() {
    let text = r#"
id: 7
nmae: Sales
entry_step: a
context: []
overridable: [1, x]
limits: { max_steps: -1, timeout_seconds: 1.5, max_cost_usd: "5" }
result_mode: both
input_schema: string
steps:
  - { id: a, type: tool, toool: x, next: 1 }
  - { id: b, type: tol }
  - just text
  - { type: wait, until: 5, retry: { attempts: 3, backoff: big } }
  - { id: c, type: branch, cases: [{ wen: x }, 5], next: d }
  - { id: d, type: fail, message: m, on_error: stop, next: a }
  - { id: e, type: parallel, branches: x, fail: slow }
  - { id: f }
"#;
    let found = pointers(&definition(text).unwrap_err());
    let expected = [
        "/nmae there is no member `nmae`; did you mean `name`?",
        "/id it has to be text; put it in quotes",
        "/context it has to be an object",
        "/overridable/0 it has to be text; put it in quotes",
        "/input_schema it has to be a JSON Schema: an object, true or false",
        "/result_mode it has to be one of merged, raw",
        "/limits/timeout_seconds it has to be a whole number, 0 or more",
        "/limits/max_steps it has to be a whole number, 0 or more",
        "/limits/max_cost_usd it has to be a number",
        "/steps/0/toool there is no member `toool` in a step of type `tool`; did you mean `tool`?",
        "/steps/0/next it has to be text; put it in quotes",
        "/steps/0/tool `tool` is missing in a step of type `tool`",
        "/steps/1/type there is no step of type `tol`; did you mean `tool`?",
        "/steps/2 it has to be an object",
        "/steps/3/id `id` is missing in a step of type `wait`",
        "/steps/3/retry/attempts there is no member `attempts`",
        "/steps/3/retry/backoff it has to be a number",
        "/steps/3/until it has to be text; put it in quotes",
        "/steps/4/next there is no member `next` in a step of type `branch`",
        "/steps/4/cases/0/wen there is no member `wen`; did you mean `when`?",
        "/steps/4/cases/0/when `when` is missing",
        "/steps/4/cases/0/next `next` is missing",
        "/steps/4/cases/1 it has to be an object",
        "/steps/5/next there is no member `next` in a step of type `fail`",
        "/steps/5/on_error it has to be `continue`, or an object with `next`",
        "/steps/6/branches it has to be a list",
        "/steps/6/fail it has to be one of fast, wait",
        "/steps/7/type `type` is missing",
    ];
    assert_eq!(found, expected);
}

#[test]
fn ten_thousand_steps_fit_into_a_document() {
    let steps: String = (0..10_000)
        .map(|n| format!("- {{id: s{n}, type: transform, value: [1,2,3,4,5,6,7,8,9], next: s{}}}\n", n + 1))
        .collect();
    let text = format!("id: a\nentry_step: s0\nsteps:\n{steps}");
    assert_eq!(definition(&text).unwrap().steps.len(), 10_000);
}

#[test]
fn numbers_and_texts_of_json_come_through() {
    let value = json!([null, true, -1, 1, u64::MAX, i64::MIN, 1.5, "ä\n", {"a": []}]);
    let text = format!("{{\"id\": \"a\", \"entry_step\": \"a\", \"steps\": [], \"output\": {value}}}");
    assert_eq!(definition(&text).unwrap().output, Some(value));
}

#[test]
fn agents_are_read_the_same_way() {
    let good = agent("{id: a, model: scripted/demo, tools: [builtin.echo]}").unwrap();
    assert_eq!((good.max_turns, good.instructions.as_str()), (10, ""));
    let found = pointers(&agent("id: a\nmodle: x\ntemperature: hot\ntools: builtin.echo").unwrap_err());
    assert_eq!(
        found,
        [
            "/modle there is no member `modle`; did you mean `model`?",
            "/model `model` is missing",
            "/temperature it has to be a number",
            "/tools it has to be a list",
        ]
    );
}

#[test]
fn documents_that_cannot_be_read_say_so_once() {
    let bomb = format!(
        "a0: &a0 [x, x]\n{}",
        (1..40).map(|n| format!("a{n}: &a{n} [*a{p}, *a{p}]\n", p = n - 1)).collect::<String>()
    );
    let fat = format!("a: &a {}\nb: [{}]", "x".repeat(100_000), vec!["*a"; 900].join(","));
    let deep = format!("{}{}", "[".repeat(70), "]".repeat(70));
    let deep_json = format!("{{\"a\": {deep}}}");
    let deep_blocks: String = (0..70).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
    let large = format!("id: {}", "x".repeat(MAX_TEXT_BYTES));
    for (text, start) in [
        ("", "it has to be an object"),
        ("just text", "it has to be an object"),
        ("[1]", "it has to be an object"),
        ("{\"id\": 1,,}", "the document is no well-formed JSON: key must be a string at line 1 column 10"),
        (
            "{\"id\": 1, \"id\": 2}",
            "the document is no well-formed JSON: member `id` stands here twice at line 1 column",
        ),
        ("id: [", "the document is no well-formed YAML: "),
        ("id: a\nid: b", "the document is no well-formed YAML: "),
        ("id: a\n---\nid: b", "the document is no well-formed YAML: "),
        ("\u{0}", "the document is no well-formed YAML: "),
        (&bomb, "the document is no well-formed YAML: "),
        (&fat, "the document is no well-formed YAML: "),
        (&deep, "the document is no well-formed YAML: "),
        (&deep_json, "the document nests deeper than 64 levels"),
        (&deep_blocks, "the document is no well-formed YAML: "),
        (&large, "the document has more than 1048576 bytes"),
    ] {
        let problems = definition(text).unwrap_err();
        let shown: String = text.chars().take(40).collect();
        assert_eq!(problems.len(), 1, "{shown}: {problems:?}");
        assert_eq!(problems[0].pointer, "");
        assert!(problems[0].detail.starts_with(start), "{shown}: {problems:?}");
        assert!(!problems[0].detail.contains('\n') && problems[0].detail.len() < 300, "{problems:?}");
    }
    let nested = (0..100).fold(json!(1), |inner, _| json!([inner]));
    assert_eq!(
        pointers(&definition_from_value(json!({"id": nested})).unwrap_err()),
        [" the document nests deeper than 64 levels"]
    );
}

/// JSON with the words of the format in it, most of them in wrong places.
fn near_definition() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        "id",
        "type",
        "steps",
        "entry_step",
        "next",
        "tool",
        "branch",
        "parallel",
        "cases",
        "when",
        "continue",
        "a",
        "on_error",
        "limits",
        "{{ input }}",
        "wait",
        "branches",
        "value",
        "message",
        "",
        "agent",
        "retry",
        "output",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::vec((word.clone(), inner), 0..7).prop_map(|members| Value::Object(
                members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
            )),
        ]
    })
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,200}|([a-z]+: ?[&*!|>\\[\\]{}\"'a-z0-9,-]*\n[ -]*){0,12}") {
        let _ = definition(&text);
        let _ = agent(&text);
    }

    #[test]
    fn whatever_the_tables_let_in_the_types_read(value in near_definition()) {
        for reading in [
            read_definition(Ok(value.clone())),
            read_definition(Ok(json!({"id": "a", "entry_step": "a", "steps": [value.clone()]}))),
            read_definition(Ok(json!({"id": "a", "entry_step": "a", "steps": value.clone(), "limits": value.clone()}))),
        ] {
            prop_assert!(reading.found.is_some() || reading.problems.iter().any(|p| p.pointer.is_empty()));
            prop_assert!(reading.problems.iter().all(|p| !p.detail.starts_with("it cannot be read")));
        }
        let reading = read_agent(Ok(value));
        prop_assert!(reading.found.is_some() || reading.problems.iter().any(|p| p.pointer.is_empty()));
    }
}
