use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::workflow::{Definition, Problem};

/// Ten definitions in a row, one that runs the definition under test, and one in a circle.
fn children(id: &str) -> Option<BTreeSet<String>> {
    let named: &[&str] = match id {
        "child" => &[],
        "back" => &["good"],
        "round" => &["about"],
        "about" => &["round"],
        "deep1" => &["deep2"],
        "deep2" => &["deep3"],
        "deep3" => &["deep4"],
        "deep4" => &["deep5"],
        "deep5" => &["deep6"],
        "deep6" => &["deep7"],
        "deep7" => &["deep8"],
        "deep8" => &["child"],
        _ => return None,
    };
    Some(named.iter().map(|id| (*id).to_owned()).collect())
}

const KNOWN: Known<'static> = Known {
    agents: &|id| ["writer", "checker"].contains(&id),
    tools: &|tool| tool.starts_with("builtin."),
    workflows: &children,
    collections: Collections::NoStore,
};

fn lines(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(|p| format!("{} {}", p.pointer, p.detail)).collect()
}

/// The problems of a definition with two steps, `a` and `b`, changed by `change`.
fn after(change: impl FnOnce(&mut Value)) -> Vec<String> {
    where_known(KNOWN, change)
}

fn where_known(known: Known<'_>, change: impl FnOnce(&mut Value)) -> Vec<String> {
    let mut value = json!({
        "id": "good",
        "entry_step": "a",
        "config": {"model": "scripted/demo"},
        "steps": [
            {"id": "a", "type": "tool", "tool": "builtin.echo", "arguments": {"text": "{{ input }}"}, "next": "b"},
            {"id": "b", "type": "transform", "value": "{{ steps.a.output }}"},
        ],
    });
    change(&mut value);
    match read_definition_value(value, known) {
        Ok(_) => Vec::new(),
        Err(problems) => lines(&problems),
    }
}

/// The problems when `pointer` is set to `value`.
fn with(pointer: &str, value: Value) -> Vec<String> {
    after(|definition| set(definition, pointer, value))
}

fn set(definition: &mut Value, pointer: &str, value: Value) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = definition.pointer_mut(parent).unwrap();
    match (parent, key.parse::<usize>()) {
        (Value::Array(items), Ok(at)) => items[at] = value,
        (parent, _) => parent[key] = value,
    }
}

/// Reads a table of rules: a line `pointer = JSON` says what is changed in a document that is right,
/// the lines below it, indented, what has to be found then.
fn rules(table: &str, found: impl Fn(&str, Value) -> Vec<String>) {
    let mut cases = 0;
    for case in table.split("\n/").map(|case| case.trim_start_matches('/').trim_end()) {
        let mut lines = case.lines();
        let (pointer, value) = lines.next().unwrap().split_once(" = ").unwrap();
        let found = found(&format!("/{pointer}"), serde_json::from_str(value).unwrap());
        assert_eq!(found, lines.map(str::trim_start).collect::<Vec<_>>(), "/{pointer} = {value}");
        cases += 1;
    }
    assert!(cases > 10);
}

#[test]
fn every_rule_has_its_pointer_and_sentence() {
    rules(include_str!("definition_rules.txt"), with);
}

#[test]
fn every_rule_of_passes_has_its_pointer_and_sentence() {
    rules(concat!(include_str!("pass_rules.txt"), include_str!("child_rules.txt")), with);
}

#[test]
fn every_rule_of_searches_has_its_pointer_and_sentence() {
    let names = ["contracts", "policies"].map(str::to_owned);
    let known = Known { collections: Collections::Named(&names), ..KNOWN };
    rules(include_str!("knowledge_rules.txt"), |pointer, value| {
        where_known(known, |definition| set(definition, pointer, value))
    });
    let search = json!({"id": "b", "type": "knowledge", "collection": "policies", "query": "q"});
    assert_eq!(
        with("/steps/1", search),
        ["/steps/1/collection there is no collection `policies`: this server keeps no knowledge; leave out \
          what asks for it"]
    );
}

#[test]
fn every_rule_for_agents_has_its_pointer_and_sentence() {
    let names = ["policies".to_owned()];
    let known = Known { collections: Collections::Named(&names), ..KNOWN };
    let good = json!({
        "id": "writer",
        "model": "openai/gpt-4o",
        "temperature": 2,
        "max_turns": 100,
        "tools": ["builtin.echo"],
        "knowledge": ["policies"],
        "instructions": "Be {{ config.tone }}, {{ session }}",
        "fallbacks": ["anthropic/x"],
    });
    assert!(read_agent_value(good.clone(), known).is_ok());
    rules(include_str!("agent_rules.txt"), |pointer, value| {
        let mut agent = good.clone();
        agent[&pointer[1..]] = value;
        lines(&read_agent_value(agent, known).err().unwrap_or_default())
    });
    assert_eq!(lines(&read_agent("id: A\nmodel: x\ntools: [y]", known).unwrap_err()).len(), 3);
}

#[test]
fn a_value_holds_a_thousand_templates_at_most() {
    assert_eq!(with("/steps/1/value", json!(vec!["{{ 1 }}"; 1_000])), Vec::<String>::new());
    assert_eq!(
        with("/steps/1/value", json!(vec!["{{ 1 }}"; 1_001])),
        ["/steps/1/value it has 1001 templates in it; 1000 are the most"]
    );
}

#[test]
fn what_is_right_is_left_alone() {
    assert_eq!(after(|_| {}), Vec::<String>::new());
    for (pointer, value) in [
        (
            "/limits",
            json!({"timeout_seconds": 31_536_000, "sync_wait_seconds": 1, "max_steps": 1, "max_cost_usd": 0.01}),
        ),
        ("/output", json!({"a": "{{ steps.a.output }}", "b": "{{ steps.b.status }}"})),
        (
            "/steps/1",
            json!({"id": "b", "type": "llm", "prompt": "{{ session }} {{ config.tone | default('x') }}"}),
        ),
        ("/steps/1", json!({"id": "b", "type": "wait", "seconds": "{{ context.pause }}"})),
        ("/steps/1", json!({"id": "b", "type": "wait", "until": "2030-01-01T00:00:00+02:00"})),
        (
            "/steps/1",
            json!({"id": "b", "type": "branch", "cases": [{"when": "steps.a.status == 'failed'", "next": "c"}]}),
        ),
    ] {
        let found = after(|definition| {
            definition["steps"]
                .as_array_mut()
                .unwrap()
                .push(json!({"id": "c", "type": "fail", "message": "m"}));
            definition["steps"][0]["on_error"] = json!({"next": "c"});
            if pointer == "/output" {
                definition["steps"][0].as_object_mut().unwrap().remove("on_error");
                definition["steps"].as_array_mut().unwrap().pop();
            }
            *match pointer {
                "/steps/1" => &mut definition["steps"][1],
                other => &mut definition[&other[1..]],
            } = value.clone();
        });
        assert_eq!(found, Vec::<String>::new(), "{pointer} {value}");
    }
}

#[test]
fn an_llm_step_needs_a_model_from_somewhere() {
    let found = after(|definition| {
        definition["config"] = json!({"model": "gpt"});
        definition["steps"][1] = json!({"id": "b", "type": "llm", "prompt": "p"});
    });
    assert_eq!(found, ["/steps/1/model the step names no model, and neither does `model` in `config`"]);
}

#[test]
fn five_errors_give_five_pointers() {
    let text = "
id: kpi-sales
entry_step: fetch
steps:
  - { id: fetch, type: tool, tool: builtin.echo, next: analyse }
  - { id: analyze, type: agent, agent: nobody, input: '{{ steps.nothing.output }}' }
  - { id: orphan, type: transform, value: 1, nxt: analyze }
";
    assert_eq!(
        lines(&read_definition(text, KNOWN).unwrap_err()),
        [
            "/steps/0/next there is no step `analyse`; did you mean `analyze`?",
            "/steps/1/agent there is no agent `nobody`",
            "/steps/1/input there is no step `nothing`",
            "/steps/2 step `orphan` is never reached",
            "/steps/2/nxt there is no member `nxt` in a step of type `transform`; did you mean `next`?",
        ]
    );
}

#[test]
fn one_mistake_is_one_problem() {
    for (text, expected) in [
        (
            "id: a\nentry_step: x\nsteps:\n  - { id: x, type: tool }",
            "/steps/0/tool `tool` is missing in a step of type `tool`",
        ),
        ("id: a\nsteps:\n  - { id: x, type: transform, value: 1 }", "/entry_step `entry_step` is missing"),
        ("id: a\nentry_step: x\nsteps: {}", "/steps it has to be a list"),
        (
            "id: a\nentry_step: x\nsteps:\n  - { id: x, type: trnsform, value: 1, next: y }\n  - { id: y, type: fail, message: m }",
            "/steps/0/type there is no step of type `trnsform`; did you mean `transform`?",
        ),
        (
            "id: a\nentry_step: x\nsteps:\n  - { id: x, type: llm, prompt: p, model: 5 }",
            "/steps/0/model it has to be text; put it in quotes",
        ),
        (
            "id: a\nentry_step: x\nsteps:\n  - { id: x, type: transform, value: 1 }\n  - { type: fail, message: m }",
            "/steps/1/id `id` is missing in a step of type `fail`",
        ),
        (
            "id: a\nentry_step: x\nsteps:\n  - { id: x, type: transform, value: 1, next: y }\n  - { id: x, type: fail, message: m }\n  - { id: y, type: fail, message: m }",
            "/steps/1/id there is another step `x` before this one",
        ),
    ] {
        assert_eq!(lines(&read_definition(text, KNOWN).unwrap_err()), [expected], "{text}");
    }
}

#[test]
fn typed_definitions_are_held_to_the_same_rules() {
    let definition: Definition = serde_json::from_value(json!({
        "id": "a",
        "entry_step": "x",
        "steps": [
            {"id": "x", "type": "branch", "cases": [{"when": "true", "next": "y"}], "next": "y"},
            {"id": "y", "type": "fail", "message": "m", "next": "x"},
        ],
    }))
    .unwrap();
    assert_eq!(
        lines(&super::definition(&definition, KNOWN)),
        [
            "/steps/0/next a branch step does not go on with `next`",
            "/steps/1/next a fail step does not go on with `next`",
        ]
    );
}

#[test]
fn templates_are_bounded_together() {
    let many: Vec<Value> = (0..30)
        .map(|n| json!({"id": format!("s{n}"), "type": "transform", "value": format!("{{{{ 1 }}}}{}", "x".repeat(40_000)),
                        "next": (n < 29).then(|| format!("s{}", n + 1))}))
        .collect();
    let found = after(|definition| {
        definition["entry_step"] = json!("s0");
        definition["steps"] = json!(many);
    });
    assert_eq!(found, ["/steps the templates have more than 1048576 bytes together"]);
}

#[test]
fn ten_thousand_steps_are_validated_and_one_more_is_refused() {
    let steps = |count: usize| -> Value {
        (0..count)
            .map(|n| {
                json!({"id": format!("s{n}"), "type": "transform", "value": "{{ steps.s0.output }}",
                            "next": (n + 1 < count).then(|| format!("s{}", n + 1))})
            })
            .collect()
    };
    let found = |count| {
        after(|definition| {
            definition["entry_step"] = json!("s0");
            definition["steps"] = steps(count);
        })
    };
    assert_eq!(found(MAX_STEPS), ["/steps/0/value step `s0` cannot see itself"]);
    assert_eq!(found(MAX_STEPS + 1), ["/steps a definition has 1 to 10000 steps"]);
}

/// Definitions whose steps lead anywhere.
fn tangled() -> impl Strategy<Value = Value> {
    let id = prop::sample::select(vec!["a", "b", "c", "d", "e", "f", "zz"]);
    let to = prop::option::of(id.clone());
    let kind = (0_u8..5, prop::collection::vec(id.clone(), 0..3), to.clone(), to.clone(), prop::bool::ANY);
    prop::collection::vec((id, kind), 1..8).prop_map(|steps| {
        let steps: Vec<Value> = steps
            .into_iter()
            .map(|(id, (kind, ids, next, failed, goes_on))| {
                let on_error = match (goes_on, failed) {
                    (true, _) => json!("continue"),
                    (false, Some(next)) => json!({"next": next}),
                    (false, None) => Value::Null,
                };
                let value = format!("{{{{ steps.{}.output }}}}", ids.first().unwrap_or(&"a"));
                let cases: Vec<Value> = ids.iter().map(|id| json!({"when": "true", "next": id})).collect();
                match kind {
                    0 => json!({"id": id, "type": "branch", "cases": cases, "default": next, "on_error": on_error}),
                    1 => json!({"id": id, "type": "parallel", "branches": ids, "next": next, "on_error": on_error}),
                    2 => json!({"id": id, "type": "fail", "message": value}),
                    _ => json!({"id": id, "type": "transform", "value": value, "next": next, "on_error": on_error}),
                }
            })
            .collect();
        json!({"id": "t", "entry_step": "a", "steps": steps})
    })
}

proptest! {
    #[test]
    fn any_tangle_of_steps_is_judged(value in tangled()) {
        if let Err(problems) = read_definition_value(value, KNOWN) {
            prop_assert!(!problems.is_empty());
        }
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,200}") {
        let _ = read_definition(&text, KNOWN);
        let _ = read_agent(&text, KNOWN);
    }
}
