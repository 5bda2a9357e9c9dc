//! Definitions that are wrong: every problem at once with its pointer, and nothing is saved.

use serde_json::Value;

use crate::harness::{Output, Setup, magone};

const FIVE_ERRORS: &str = "
id: five-errors
entry_step: begin
limits: { max_steps: 0 }
steps:
  - { id: begin, type: agent, agent: nobody, next: check }
  - { id: check, type: branch, cases: [ { when: 'steps.begin.output ==', next: missing } ], default: call }
  - { id: call, type: tool, tool: crm.query, arguments: {} }
";

fn json_of(setup: &Setup, arguments: &[&str]) -> (Output, Value) {
    let arguments: Vec<_> = ["--output", "json"].iter().chain(arguments).copied().collect();
    let output = magone(setup.data(), &arguments);
    let data = serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    (output, data)
}

#[test]
fn five_errors_are_told_at_once() {
    let setup = Setup::new().tenant("acme");
    let file = setup.data().file("five.yaml", FIVE_ERRORS);
    let file = file.to_str().unwrap();
    for command in ["validate", "apply"] {
        let (output, verdicts) = json_of(&setup, &["workflow", command, "-f", file]);
        assert_eq!(output.code, Some(1), "{output:?}");
        assert!(
            output.stderr.contains("5 problems in 1 file") && output.stderr.contains("validation"),
            "{output:?}"
        );
        let problems = verdicts[0]["problems"].as_array().unwrap();
        let mut pointers: Vec<_> =
            problems.iter().map(|problem| problem["pointer"].as_str().unwrap()).collect();
        pointers.sort_unstable();
        let expected = [
            "/limits/max_steps",
            "/steps/0/agent",
            "/steps/1/cases/0/next",
            "/steps/1/cases/0/when",
            "/steps/2/tool",
        ];
        assert_eq!(pointers, expected, "{verdicts:#}");
        assert!(
            problems.iter().all(|problem| problem["detail"].as_str().is_some_and(|text| text.len() > 10))
        );
    }
    let (_, definitions) = json_of(&setup, &["workflow", "list"]);
    assert_eq!(definitions, serde_json::json!([]), "nothing was saved");
}

const SEARCH: &str = "
id: search
entry_step: look
steps:
  - { id: look, type: knowledge, collection: policies, query: '{{ input }}' }
";

const READER: &str = "{ id: reader, model: scripted/demo, knowledge: [policies] }";

#[test]
fn a_server_without_knowledge_takes_nothing_that_asks_for_some() {
    let setup = Setup::new().tenant("acme");
    for (command, document, pointer) in [
        (["workflow", "validate"], SEARCH, "/steps/0/collection"),
        (["workflow", "apply"], SEARCH, "/steps/0/collection"),
        (["agent", "apply"], READER, "/knowledge/0"),
    ] {
        let file = setup.data().file("search.yaml", document);
        let [kind, command] = command;
        let (output, verdicts) = json_of(&setup, &[kind, command, "-f", file.to_str().unwrap()]);
        assert_eq!(output.code, Some(1), "{output:?}");
        assert_eq!(
            verdicts[0]["problems"],
            serde_json::json!([{
                "pointer": pointer,
                "detail": "there is no collection `policies`: this server keeps no knowledge; leave out what asks \
                           for it",
            }])
        );
    }
}

#[test]
fn documents_that_are_no_definitions() {
    let setup = Setup::new().tenant("acme");
    let bomb = "a: &a [x, x]\nb: &b [*a, *a]\n".to_owned()
        + &(0..40).map(|n| format!("c{n}: &c{n} [*b, *b]\n")).collect::<String>();
    for (name, text) in
        [("empty", ""), ("list", "- a"), ("broken", "id: [x"), ("bomb", &bomb), ("deep", &"[".repeat(10_000))]
    {
        let file = setup.data().file(&format!("{name}.yaml"), text);
        let output = magone(setup.data(), &["workflow", "apply", "-f", file.to_str().unwrap()]);
        assert_eq!(output.code, Some(1), "{name}: {output:?}");
        assert!(output.stderr.contains("validation") && !output.stdout.is_empty(), "{name}: {output:?}");
    }
    let output = magone(setup.data(), &["workflow", "apply", "-f", "nowhere.yaml"]);
    assert_eq!(output.code, Some(1));
    assert!(output.stderr.starts_with("error: cannot read nowhere.yaml"), "{output:?}");
}
