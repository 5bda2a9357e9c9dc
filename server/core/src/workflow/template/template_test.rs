use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::json::Json;

struct Run {
    input: Json,
    context: Json,
    config: Json,
    session: Json,
}

fn run() -> Run {
    Run {
        input: Arc::new(json!({
            "name": "Ada", "n": 3, "big": u64::MAX, "half": 0.5, "none": null, "yes": true,
            "rows": [{"v": 2, "k": "b"}, {"v": 1, "k": "a"}], "nested": {"deep": [[1], [2, 3]]},
            "attack": "{{ config.secret }}{% for i in range(9999) %}x{% endfor %}",
        })),
        context: Arc::new(json!({"region": "north"})),
        config: Arc::new(json!({"secret": "s3cret", "zero": 0})),
        session: Arc::new(json!("ses-1")),
    }
}

impl Run {
    fn with<T>(&self, act: impl FnOnce(&Scope<'_>) -> T) -> T {
        let fetch = StepValue { status: "completed", output: Arc::new(json!({"rows": [1, 2], "text": "t"})) };
        let lost = StepValue { status: "failed", output: Arc::new(Value::Null) };
        act(&Scope {
            input: &self.input,
            context: &self.context,
            config: &self.config,
            session: &self.session,
            locals: &|_| None,
            steps: &|id| match id {
                "fetch" => Some(fetch.clone()),
                "lost" => Some(lost.clone()),
                _ => None,
            },
        })
    }

    fn render(&self, template: &Value) -> Result<Value, String> {
        self.with(|scope| render(template, scope).map_err(|e| e.to_string()))
    }
}

#[test]
fn one_expression_keeps_its_type_and_everything_else_is_text() {
    let run = run();
    for (template, expected) in [
        ("plain", json!("plain")),
        ("{ not a { template } }", json!("{ not a { template } }")),
        ("{{ input.n }}", json!(3)),
        ("{{input.n}}\n", json!(3)),
        ("{{- input.n -}}", json!(3)),
        ("{{ input.big }}", json!(u64::MAX)),
        ("{{ input.half }}", json!(0.5)),
        ("{{ input.none }}", Value::Null),
        ("{{ input.yes }}", json!(true)),
        ("{{ input.rows[1] }}", json!({"v": 1, "k": "a"})),
        ("{{ input.nested.deep[1][0] }}", json!(2)),
        ("{{ input.nested }}", json!({"deep": [[1], [2, 3]]})),
        ("{{ input['name'] }}", json!("Ada")),
        ("{{ steps.fetch.output.rows }}", json!([1, 2])),
        ("{{ steps.fetch.status }}", json!("completed")),
        ("{{ steps.lost.output }}", Value::Null),
        ("{{ session }}", json!("ses-1")),
        ("{{ 7 * 7 }}", json!(49)),
        ("{{ {'a': {'b': [1]}} }}", json!({"a": {"b": [1]}})),
        ("{{ range(3) }}", json!([0, 1, 2])),
        ("{{ input.rows | map(attribute='v') | sum }}", json!(3)),
        ("{{ input.rows | sort(attribute='v') }}", json!([{"v": 1, "k": "a"}, {"v": 2, "k": "b"}])),
        ("{{ input.rows | length > 1 and 'v' in input.rows[0] }}", json!(true)),
        ("{{ input.rows[0] == {'k': 'b', 'v': 2} }}", json!(true)),
        ("{{ input.absent | default('none') }}", json!("none")),
        ("{{ input.absent is defined }}", json!(false)),
        ("{{ \"}}\" ~ '{{' }}", json!("}}{{")),
        ("{# only a comment #}", json!("")),
        (" {{ input.n }}", json!(" 3")),
        ("{{ input.n }}{{ input.n }}", json!("33")),
        ("{{ input.n }} and {{ input.name }}", json!("3 and Ada")),
        (
            "{{ input.yes }}, {{ input.none }}, {{ input.rows[0] }}.",
            json!("true, null, {\"k\":\"b\",\"v\":2}."),
        ),
        ("{% for row in input.rows %}{{ row.k }}{% endfor %}", json!("ba")),
        ("{% set n = input.n %}{{ n + 1 }}", json!("4")),
        ("{% raw %}{{ input }}{% endraw %}", json!("{{ input }}")),
        ("{{ input.nested | tojson }}!", json!("{\"deep\": [[1], [2, 3]]}!")),
        ("{{ config.secret }}", json!("s3cret")),
    ] {
        assert_eq!(run.render(&json!(template)), Ok(expected), "{template}");
    }
}

#[test]
fn strings_anywhere_in_a_value_are_templates_and_keys_are_not() {
    let template = json!({"{{ input.n }}": ["{{ input.n }}", {"a": "n={{ input.n }}"}, 1, null, true]});
    assert_eq!(run().render(&template), Ok(json!({"{{ input.n }}": [3, {"a": "n=3"}, 1, null, true]})));
}

#[test]
fn rendered_text_is_not_rendered_again() {
    let run = run();
    let attack = &run.input["attack"];
    assert_eq!(&run.render(&json!("{{ input.attack }}")).unwrap(), attack);
    assert_eq!(
        run.render(&json!("<{{ input.attack }}>")).unwrap(),
        format!("<{}>", attack.as_str().unwrap())
    );
    assert_eq!(
        run.render(&json!("{% for i in [input.attack] %}{{ i | upper | lower }}{% endfor %}")).unwrap(),
        attack.as_str().unwrap().to_lowercase()
    );
}

#[test]
fn errors_are_one_sentence_that_names_the_place() {
    let run = run();
    for (template, expected) in [
        ("{{ input.absent }}", "`input.absent` has no value"),
        ("{{ input.absent.more }}", "`input.absent` has no value"),
        ("x {{ input.absent }}", "`input.absent` has no value"),
        ("{{ input.rows[7] }}", "`input.rows[7]` has no value"),
        ("{{ nothing }}", "`nothing` has no value"),
        ("{{ steps.later.output }}", "`steps.later` has no value"),
        ("{{ steps['fetch'].output }}", "`steps['fetch']` has no value"),
        ("{{ 'x' if false }}", "`'x' if false` has no value"),
        ("{{ [input.absent] }}", "a part of its value has no value"),
        ("{{ input.n | wrong }}", "there is no filter `wrong`"),
        ("{{ input.n is wrong }}", "there is no test `wrong`"),
        ("{{ now() }}", "there is no function `now()`"),
        ("{{ debug() }}", "there is no function `debug()`"),
        ("{{ input.name.upper() }}", "there is no method `.upper()`"),
        ("{{ input.n / config.zero }}", "`input.n / config.zero` cannot be computed from the values it gets"),
        ("{{ input.rows + 1 }}", "`input.rows + 1` cannot be computed from the values it gets"),
        ("{{ 10 ** 30 * 10 ** 8 }}", "a number is too large for JSON"),
        ("{{ {1: 2} }}", "an object has a key that is no text"),
        ("{{ range(999999) }}", "`range(999999)` cannot be computed from the values it gets"),
    ] {
        assert_eq!(run.render(&json!(template)), Err(expected.to_owned()), "{template}");
    }
    for broken in
        ["{{ x", "{{ }}", "{% if %}", "{% include 'a' %}", "{% import 'a' as b %}", "{% macro a() %}"]
    {
        let error = run.render(&json!(broken)).unwrap_err();
        assert!(error.starts_with("it is not well formed"), "{broken}: {error}");
        assert_eq!(check(broken).unwrap_err().to_string(), error);
    }
}

#[test]
fn errors_never_show_values() {
    let run = run();
    for template in [
        "{{ config.secret | int }}",
        "{{ config.secret / 0 }}",
        "{{ config.secret.x }}",
        "{{ config.secret() }}",
        "{{ config | int }}",
        "{{ config[config.secret] }}",
        "{{ range(config.secret) }}",
        "{{ config.secret | round }}",
        "{{ {config: 1} }}",
        "{% for a, b in config.secret %}{% endfor %}",
    ] {
        let error = run.render(&json!(template)).unwrap_err();
        assert!(!error.contains("s3cret"), "{template}: {error}");
    }
}

#[test]
fn conditions() {
    let run = run();
    for (condition, expected) in [
        ("input.n > 2", Ok(true)),
        ("input.n > 2 and not input.yes", Ok(false)),
        ("steps.fetch.output.text == 't'", Ok(true)),
        ("input.rows", Ok(true)),
        ("input.none", Ok(false)),
        ("input.absent", Err("`input.absent` has no value")),
        ("input.absent | default(false)", Ok(false)),
        ("input.absent > 1", Err("`input.absent` has no value")),
        ("{{ input.yes }}", Err("a condition is an expression: write it without `{{` and `}}`")),
        ("input.n |", Err("it is not well formed")),
        ("", Err("it is not well formed")),
    ] {
        let found = run.with(|scope| evaluate(condition, scope)).map_err(|e| e.to_string());
        match expected {
            Ok(holds) => assert_eq!(found, Ok(holds), "{condition}"),
            Err(start) => assert!(found.clone().unwrap_err().starts_with(start), "{condition}: {found:?}"),
        }
    }
}

#[test]
fn work_and_output_are_bounded() {
    let run = run();
    let long = format!("it renders to more than {MAX_OUTPUT_BYTES} bytes");
    let work = "it takes more work than a template may; do less in one step";
    for (template, expected) in [
        ("{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}", work),
        ("{{ 'x' * 100000000 }}", work),
        ("{{ 'x' * 1048577 }}", &long),
        ("{{ 'x' * 1048577 }}!", &long),
        ("{{ ['x' * 1000] * 2000 }}", &long),
        ("{{ [[[[range(99)] * 99] * 99] * 99] * 99 }}", &long),
    ] {
        assert_eq!(run.render(&json!(template)).unwrap_err(), expected, "{template}");
    }
    let many = Value::Array(vec![json!("{{ 1 }}"); MAX_TEMPLATES + 1]);
    assert_eq!(run.render(&many).unwrap_err(), "a value has more than 1000 templates in it");
    let together = Value::Array(vec![json!("{{ 'x' * 1000 }}{{ 'y' * 1000 }}"); 600]);
    assert_eq!(run.render(&together).unwrap_err(), long);
    let deep = (0..200).fold(json!("{{ 1 }}"), |inner, _| json!([inner]));
    assert_eq!(run.render(&deep).unwrap_err(), "it nests too deep");
}

/// Each of these overflows the stack of a thread when the engine is let at it.
#[test]
fn long_chains_are_refused_before_they_exhaust_the_stack() {
    let n = 6_000;
    let chains = [
        ".a\n",
        "[0]\n",
        "()\n",
        "|abs\n",
        "+1\n",
        "-1\n",
        "*1\n",
        "**1\n",
        "~1\n",
        "//1\n",
        " is number\n",
        " if 1 else 1\n",
        " and 1\n",
        " or 1\n",
        " < 1\n",
        " in [1]\n",
        "[1:2]\n",
    ];
    for chain in chains {
        let chained = chain.repeat(n);
        assert!(check(&format!("{{{{ 1{chained} }}}}")).is_err(), "{chain}");
        assert!(check_expression(&format!("1{chained}")).is_err(), "{chain}");
    }
    // What looks like the end of a tag, or like no tag at all, hides nothing.
    for hide in ["{{ '}}' }}", "{# {{ #}", "{%- raw -%}{{ '{%+ endraw %}", "{{ {'}}': {}} }}", "{{{1:2}}}"] {
        let hidden = format!("{hide}{{{{ 1{} }}}}", ".a\n".repeat(n));
        assert!(check(&hidden).is_err(), "{hide}");
        assert!(run().render(&json!(hidden)).is_err(), "{hide}");
    }
    for text in [
        format!("{{{{ {}1 }}}}", "not\n".repeat(n)),
        format!("{{{{ {}1 }}}}", "-\n".repeat(n)),
        format!("{{{{ {}1{} }}}}", "(\n".repeat(n), ")\n".repeat(n)),
        format!("{{% if 1 %}}{}{{% endif %}}", "{% elif 1 %}\n".repeat(n)),
        format!("{}{}", "{% if 1 %}\n".repeat(n), "{% endif %}\n".repeat(n)),
        format!("{{% filter {} %}}x{{% endfilter %}}", vec!["upper"; n].join("|\n")),
        format!("{{% set {} = 1 %}}", vec!["x"; n].join(".\n")),
    ] {
        assert!(check(&text).is_err(), "{}", &text[..30]);
    }
    let wide = format!("{{{{ '{}' }}}}{{{{", "x".repeat(70_000));
    assert_eq!(check(&wide).unwrap_err().to_string(), "a line has more than 60000 characters; break it");
    let long_list = format!("{{{{ input.n in [{}] }}}}", vec!["1"; 250].join(","));
    assert_eq!(run().render(&json!(long_list)), Ok(json!(false)));
}

#[test]
fn checks_find_names_filters_tests_and_names_set_anew() {
    let names = |text: &str| check(text).map(|names| names.into_iter().collect::<Vec<_>>().join(" "));
    for (text, expected) in [
        ("plain", ""),
        ("{{ input }}", "input"),
        ("{{ steps.fetch.output.rows[0].x }} {{ steps.b.status }}", "steps.b.status steps.fetch.output.rows"),
        ("{% for r in context.rows %}{{ r.a }}{{ loop.index }}{% endfor %}", "context.rows"),
        ("{{ range(2) }}{{ dict(is=1) }}", ""),
        ("{{ input.is }} {{ input.filter | upper }}", "input.filter input.is"),
        ("{% raw %}{{ a | wrong }}{% endraw %}", ""),
        ("{{ input is not defined }}", "input"),
        ("{% filter upper %}{{ session }}{% endfilter %}", "session"),
        ("{{ other }}", "other"),
        ("{% set ns = namespace(input=1) %}{% set ns.steps = 1 %}{{ ns.steps }}", ""),
        ("{% with a = dict(input=1), b = session == 3 %}{{ a }}{% endwith %}", "session"),
        ("{{ steps['x'] }}", "steps"),
    ] {
        assert_eq!(names(text), Ok(expected.to_owned()), "{text}");
    }
    for (text, expected) in [
        ("{{ input | wrong }}", "there is no filter `wrong`"),
        ("{{ 'a | b' | wrong }}", "there is no filter `wrong`"),
        ("{{ input is not wrong }}", "there is no test `wrong`"),
        ("{% filter wrong %}{% endfilter %}", "there is no filter `wrong`"),
        ("{% set steps = steps %}{{ steps.x.output }}", "`steps` cannot be set: it is a name of the run"),
        ("{% for input in [1] %}{% endfor %}", "`input` cannot be set: it is a name of the run"),
        ("{% for a, config in [[1, 2]] %}{% endfor %}", "`config` cannot be set: it is a name of the run"),
        ("{% with a = 1, steps = steps %}{% endwith %}", "`steps` cannot be set: it is a name of the run"),
    ] {
        assert_eq!(names(text).unwrap_err().to_string(), expected, "{text}");
    }
}

#[test]
fn rendering_copies_nothing_that_is_not_asked_for() {
    let wide = Value::Array((0..50_000).map(|i| json!({"i": i})).collect());
    let run = Run { input: Arc::new(json!({"wide": wide})), ..run() };
    assert_eq!(run.render(&json!("{{ input.wide[49999].i }}")), Ok(json!(49_999)));
    assert_eq!(run.render(&json!("{{ input.wide | length }}")), Ok(json!(50_000)));
}

proptest! {
    #[test]
    fn any_text_is_rendered_or_refused(text in r#"(\{\{|\}\}|\{%|%\}|\{#|#\}|[ '"\\|.\[\](){}+~%-]|a|input|steps|if|for|in|else|endif|endfor|raw|endraw|set|is|not|1|é){0,60}"#) {
        let run = run();
        let _ = check(&text);
        let _ = check_expression(&text);
        let _ = run.render(&json!(text));
        let _ = run.with(|scope| evaluate(&text, scope).is_ok());
        let _ = run.with(|scope| render_text(&text, scope).is_ok());
    }

    #[test]
    fn nothing_hides_a_long_chain(
        lead in r#"(\{\{|\}\}|\{%|%\}|\{#|#\}|\{%- raw %\}|\{% endraw %\}|['"\\{}()\[\] -]|a|1){0,12}"#,
        chain in r"(\.a|\[0\]|\(\)|\|abs|\+1| and 1)\n",
    ) {
        let text = format!("{lead}1{}", chain.repeat(6_000));
        for close in ["", "}}", "%}"] {
            let _ = check(&format!("{text}{close}"));
        }
        let _ = check_expression(&text);
    }

    #[test]
    fn text_without_tags_is_kept(text in "[^{]{0,80}") {
        prop_assert_eq!(run().render(&json!(text)), Ok(json!(text)));
    }
}
