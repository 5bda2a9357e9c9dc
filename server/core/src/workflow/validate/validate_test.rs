use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::workflow::{Definition, Problem};

const KNOWN: Known<'static> = Known {
    agents: &|id| ["writer", "checker"].contains(&id),
    tools: &|tool| tool.starts_with("builtin."),
};

fn lines(problems: &[Problem]) -> Vec<String> {
    problems
        .iter()
        .map(|p| format!("{} {}", p.pointer, p.detail))
        .collect()
}

/// The problems of a definition with two steps, `a` and `b`, changed by `change`.
fn after(change: impl FnOnce(&mut Value)) -> Vec<String> {
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
    match read_definition_value(value, KNOWN) {
        Ok(_) => Vec::new(),
        Err(problems) => lines(&problems),
    }
}

/// The problems when `pointer` is set to `value`.
fn with(pointer: &str, value: Value) -> Vec<String> {
    after(|definition| {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let parent = definition.pointer_mut(parent).unwrap();
        match (parent, key.parse::<usize>()) {
            (Value::Array(items), Ok(at)) => items[at] = value,
            (parent, _) => parent[key] = value,
        }
    })
}

#[test]
fn every_rule_has_its_pointer_and_sentence() {
    let range =
        |member: &str, value: &str, most: &str| format!("`{member}` is {value}; it has to be from {most}");
    let slug = "a slug is 1 to 100 characters of a-z, 0-9 and '-', and does not begin with '-'";
    let id = "a step's id is 1 to 64 letters, digits and underscores, and begins with no digit";
    let model =
        "`gpt` is no model: write `provider/name`, with one of the providers openai, anthropic, scripted";
    let known = "known are input, context, config, steps, session";
    let wait = "a wait step has either `seconds` or `until`";
    let step = |members: Value| {
        let mut step = json!({"id": "b"});
        step.as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        step
    };
    let llm = |model: &str| step(json!({"type": "llm", "prompt": "p", "model": model}));
    let cases: Vec<(&str, Value, &str, String)> = vec![
        ("/id", json!("Bad Id"), "/id", slug.into()),
        ("/entry_step", json!("aa"), "/entry_step", "there is no step `aa`".into()),
        ("/limits", json!({"timeout_seconds": 0}), "/limits/timeout_seconds", range("timeout_seconds", "0", "1 to 31536000")),
        ("/limits", json!({"timeout_seconds": 31_536_001}), "/limits/timeout_seconds", range("timeout_seconds", "31536001", "1 to 31536000")),
        ("/limits", json!({"sync_wait_seconds": 3_601}), "/limits/sync_wait_seconds", range("sync_wait_seconds", "3601", "1 to 3600")),
        ("/limits", json!({"max_steps": 10_001}), "/limits/max_steps", range("max_steps", "10001", "1 to 10000")),
        ("/limits", json!({"max_tokens": 0}), "/limits/max_tokens", "`max_tokens` has to be above 0; leave it out for no limit".into()),
        ("/limits", json!({"max_cost_usd": 0.0}), "/limits/max_cost_usd", "`max_cost_usd` has to be above 0; leave it out for no limit".into()),
        ("/limits", json!({"max_cost_usd": -1}), "/limits/max_cost_usd", "`max_cost_usd` has to be above 0; leave it out for no limit".into()),
        ("/input_schema", json!({"type": "strin"}), "/input_schema/type", "this is no JSON Schema: the value is not valid under any of the schemas listed in the 'anyOf' keyword".into()),
        ("/output_schema", json!({"$ref": "http://a/b"}), "/output_schema", "a `$ref` or `$schema` leads to something that is not in the schema itself".into()),
        ("/output", json!("{{ steps.c.output }}"), "/output", "there is no step `c`".into()),
        ("/output", json!({"x": ["{{ nope }}"]}), "/output/x/0", format!("there is no name `nope`; {known}")),
        ("/steps", json!([]), "/steps", "a definition has 1 to 10000 steps".into()),
        ("/steps/0/id", json!("a-b"), "/steps/0/id", id.into()),
        ("/steps/1/id", json!("1b"), "/steps/1/id", id.into()),
        ("/steps/0/next", json!("nowhere"), "/steps/0/next", "there is no step `nowhere`".into()),
        ("/steps/0/tool", json!("crm.query"), "/steps/0/tool", "there is no tool `crm.query`".into()),
        ("/steps/0/timeout_seconds", json!(0), "/steps/0/timeout_seconds", range("timeout_seconds", "0", "1 to 31536000")),
        ("/steps/0/retry", json!({"max_attempts": 0}), "/steps/0/retry/max_attempts", range("max_attempts", "0", "1 to 100")),
        ("/steps/0/retry", json!({"max_attempts": 101}), "/steps/0/retry/max_attempts", range("max_attempts", "101", "1 to 100")),
        ("/steps/0/retry", json!({"backoff": 0.5}), "/steps/0/retry/backoff", range("backoff", "0.5", "1 to 10")),
        ("/steps/0/retry", json!({"initial_interval_ms": 86_400_001}), "/steps/0/retry/initial_interval_ms", range("initial_interval_ms", "86400001", "0 to 86400000")),
        ("/steps/0/retry", json!({"max_interval_ms": 86_400_001}), "/steps/0/retry/max_interval_ms", range("max_interval_ms", "86400001", "0 to 86400000")),
        ("/steps/0/summary", json!("{{ x"), "/steps/0/summary", "the template is wrong: it is not well formed at `x`: unexpected end of input, expected end of variable block".into()),
        ("/steps/0/arguments", json!({"a/b": [{"c": "{{ input | shout }}"}]}), "/steps/0/arguments/a~1b/0/c", "the template is wrong: there is no filter `shout`".into()),
        ("/steps/0/arguments", json!({"a": "{{ steps.b.output }}"}), "/steps/0/arguments/a", "step `b` has not ended on every way to this step".into()),
        ("/steps/0/arguments", json!({"a": "{{ steps.a.output }}"}), "/steps/0/arguments/a", "step `a` cannot see itself".into()),
        ("/steps/1/value", json!("{{ steps.a.result }}"), "/steps/1/value", "of steps there are `steps.<id>.output` and `steps.<id>.status`".into()),
        ("/steps/1/value", json!("{{ steps.a }}"), "/steps/1/value", "of steps there are `steps.<id>.output` and `steps.<id>.status`".into()),
        ("/steps/1/value", json!("{{ steps['a'].output }}"), "/steps/1/value", "of steps there are `steps.<id>.output` and `steps.<id>.status`".into()),
        ("/steps/1/value", json!("{{ now() }}"), "/steps/1/value", format!("there is no name `now`; {known}")),
        ("/steps/1/value", json!(vec!["{{ 1 }}"; 1_001]), "/steps/1/value", "it has 1001 templates in it; 1000 are the most".into()),
        ("/steps/1", step(json!({"type": "agent", "agent": "ghost"})), "/steps/1/agent", "there is no agent `ghost`".into()),
        ("/steps/1", step(json!({"type": "agent", "agent": "writer", "input": "{{ nope }}"})), "/steps/1/input", format!("there is no name `nope`; {known}")),
        ("/steps/1", step(json!({"type": "agent", "agent": "writer", "max_turns": 101})), "/steps/1/max_turns", range("max_turns", "101", "1 to 100")),
        ("/steps/1", step(json!({"type": "agent", "agent": "writer", "output_schema": {"required": 1}})), "/steps/1/output_schema/required", "this is no JSON Schema: the value is not of type \"array\"".into()),
        ("/steps/1", llm("gpt"), "/steps/1/model", model.into()),
        ("/steps/1", step(json!({"type": "llm", "prompt": "{{ nope }}"})), "/steps/1/prompt", format!("there is no name `nope`; {known}")),
        ("/steps/1", step(json!({"type": "llm", "prompt": "p", "system": "{{ nope }}"})), "/steps/1/system", format!("there is no name `nope`; {known}")),
        ("/steps/1", step(json!({"type": "branch", "cases": [{"when": "{{ input }}", "next": "a"}]})), "/steps/1/cases/0/next", "the steps go in a circle: a -> b -> a".into()),
        ("/steps/1", step(json!({"type": "branch", "cases": [{"when": "true", "next": "c"}]})), "/steps/1/cases/0/next", "there is no step `c`".into()),
        ("/steps/1", step(json!({"type": "branch", "cases": [{"when": "true", "next": "b"}], "default": "c"})), "/steps/1/default", "there is no step `c`".into()),
        ("/steps/1", step(json!({"type": "parallel", "branches": []})), "/steps/1/branches", "a parallel step has 1 to 100 branches".into()),
        ("/steps/1", step(json!({"type": "parallel", "branches": ["a"]})), "/steps/1/branches/0", "step `a` belongs to the main sequence; a step belongs to one sequence only".into()),
        ("/steps/1", step(json!({"type": "wait"})), "/steps/1/seconds", wait.into()),
        ("/steps/1", step(json!({"type": "wait", "seconds": 1, "until": "2030-01-01T00:00:00Z"})), "/steps/1/seconds", wait.into()),
        ("/steps/1", step(json!({"type": "wait", "seconds": -1})), "/steps/1/seconds", "`seconds` is a number from 0 to 31536000, or a template".into()),
        ("/steps/1", step(json!({"type": "wait", "seconds": "60"})), "/steps/1/seconds", "`seconds` is a number from 0 to 31536000, or a template".into()),
        ("/steps/1", step(json!({"type": "wait", "until": "tomorrow"})), "/steps/1/until", "`until` is a time as in RFC 3339, or a template".into()),
        ("/steps/1", step(json!({"type": "wait", "seconds": "{{ nope }}"})), "/steps/1/seconds", format!("there is no name `nope`; {known}")),
        ("/steps/1", step(json!({"type": "fail", "message": "{{ nope }}"})), "/steps/1/message", format!("there is no name `nope`; {known}")),
        ("/steps/1", step(json!({"type": "fail", "message": "m", "code": "{{ nope }}"})), "/steps/1/code", format!("there is no name `nope`; {known}")),
        ("/steps/1/on_error", json!({"next": "c"}), "/steps/1/on_error/next", "there is no step `c`".into()),
    ];
    for (pointer, value, at, detail) in cases {
        let found = with(pointer, value.clone());
        let expected = format!("{at} {detail}");
        assert!(
            found.contains(&expected),
            "{pointer} = {value}: {found:?}\nexpected {expected}"
        );
    }
}

#[test]
fn what_is_right_is_left_alone() {
    assert_eq!(after(|_| {}), Vec::<String>::new());
    for (pointer, value) in [
        (
            "/limits",
            json!({"timeout_seconds": 31_536_000, "sync_wait_seconds": 1, "max_steps": 1, "max_cost_usd": 0.01}),
        ),
        (
            "/output",
            json!({"a": "{{ steps.a.output }}", "b": "{{ steps.b.status }}"}),
        ),
        (
            "/steps/1",
            json!({"id": "b", "type": "llm", "prompt": "{{ session }} {{ config.tone | default('x') }}"}),
        ),
        (
            "/steps/1",
            json!({"id": "b", "type": "wait", "seconds": "{{ context.pause }}"}),
        ),
        (
            "/steps/1",
            json!({"id": "b", "type": "wait", "until": "2030-01-01T00:00:00+02:00"}),
        ),
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
    assert_eq!(
        found,
        ["/steps/1/model the step names no model, and neither does `model` in `config`"]
    );
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
        (
            "id: a\nsteps:\n  - { id: x, type: transform, value: 1 }",
            "/entry_step `entry_step` is missing",
        ),
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
        assert_eq!(
            lines(&read_definition(text, KNOWN).unwrap_err()),
            [expected],
            "{text}"
        );
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
    assert_eq!(
        found,
        ["/steps the templates have more than 1048576 bytes together"]
    );
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

#[test]
fn agents() {
    let tools = |tool: &str| tool == "builtin.echo";
    let good = json!({"id": "writer", "model": "openai/gpt-4o", "temperature": 2, "max_turns": 100, "tools": ["builtin.echo"],
                      "instructions": "Be {{ config.tone }}, {{ session }}", "fallbacks": ["anthropic/x"]});
    assert!(read_agent_value(good.clone(), &tools).is_ok());
    for (member, value, expected) in [
        (
            "id",
            json!("A"),
            "/id a slug is 1 to 100 characters of a-z, 0-9 and '-', and does not begin with '-'",
        ),
        (
            "model",
            json!("openai/"),
            "/model `openai/` is no model: write `provider/name`, with one of the providers openai, anthropic, scripted",
        ),
        (
            "fallbacks",
            json!(["mistral/x"]),
            "/fallbacks/0 `mistral/x` is no model: write `provider/name`, with one of the providers openai, anthropic, scripted",
        ),
        (
            "temperature",
            json!(2.1),
            "/temperature `temperature` is 2.1; it has to be from 0 to 2",
        ),
        (
            "max_tokens",
            json!(0),
            "/max_tokens `max_tokens` is 0; it has to be from 1 to 4294967295",
        ),
        (
            "max_turns",
            json!(0),
            "/max_turns `max_turns` is 0; it has to be from 1 to 100",
        ),
        (
            "tools",
            json!(["builtin.echo", "builtin.echo"]),
            "/tools/1 tool `builtin.echo` is listed twice",
        ),
        (
            "tools",
            json!(["crm.query"]),
            "/tools/0 there is no tool `crm.query`",
        ),
        (
            "knowledge",
            json!(["policies"]),
            "/knowledge `knowledge` is not supported by this release; leave it out",
        ),
        (
            "sub_agents",
            json!(["checker"]),
            "/sub_agents `sub_agents` is not supported by this release; leave it out",
        ),
        (
            "output_schema",
            json!({"pattern": "("}),
            "/output_schema/pattern the pattern cannot be used: it is not well formed, too large, or looks around or back",
        ),
        (
            "instructions",
            json!("{{ steps.a.output }}"),
            "/instructions an agent sees no steps; known are input, context, config, session",
        ),
        (
            "instructions",
            json!("{{ nope }}"),
            "/instructions there is no name `nope`; known are input, context, config, session",
        ),
        ("memory", json!({}), "/memory there is no member `memory`"),
    ] {
        let mut agent = good.clone();
        agent[member] = value;
        assert_eq!(lines(&read_agent_value(agent, &tools).unwrap_err()), [expected]);
    }
    assert_eq!(
        lines(&read_agent("id: A\nmodel: x\ntools: [y]", &tools).unwrap_err()).len(),
        3
    );
}

/// Definitions whose steps lead anywhere.
fn tangled() -> impl Strategy<Value = Value> {
    let id = prop::sample::select(vec!["a", "b", "c", "d", "e", "f", "zz"]);
    let to = prop::option::of(id.clone());
    let kind = (
        0_u8..5,
        prop::collection::vec(id.clone(), 0..3),
        to.clone(),
        to.clone(),
        prop::bool::ANY,
    );
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
        let _ = read_agent(&text, &|_| true);
    }
}
