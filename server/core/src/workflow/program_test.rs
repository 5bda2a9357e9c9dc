use serde_json::json;

use super::*;

fn definition(more: Value) -> Definition {
    let mut whole = json!({
        "id": "d",
        "entry_step": "own",
        "config": {"tone": "formal"},
        "steps": [
            {"id": "own", "type": "agent", "agent": "writer", "output_schema": {"required": ["own"]}, "next": "its"},
            {"id": "its", "type": "agent", "agent": "writer", "next": "free"},
            {"id": "free", "type": "agent", "agent": "talker", "next": "llm"},
            {"id": "llm", "type": "llm", "model": "scripted/x", "prompt": "p", "output_schema": {"type": "array"}, "next": "tool"},
            {"id": "tool", "type": "tool", "tool": "gone.since"},
        ],
    });
    whole.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(whole).unwrap()
}

fn agents() -> Vec<Arc<Agent>> {
    [
        json!({"id": "writer", "model": "scripted/x", "output_schema": {"required": ["its"]}}),
        json!({"id": "talker", "model": "scripted/x"}),
    ]
    .map(|agent| Arc::new(serde_json::from_value(agent).unwrap()))
    .into()
}

fn program(more: Value) -> Program {
    Program::new(definition(more), agents()).unwrap()
}

fn pointers(problems: &[Problem]) -> Vec<&str> {
    problems.iter().map(|problem| problem.pointer.as_str()).collect()
}

#[test]
fn a_step_s_schema_wins_over_its_agent_s() {
    let program = program(json!({}));
    for (step, pointers_of_nothing) in
        [("own", vec!["/own"]), ("its", vec!["/its"]), ("free", vec![]), ("llm", vec![""]), ("tool", vec![])]
    {
        assert_eq!(pointers(&program.answer_problems(step, &json!({}))), pointers_of_nothing, "{step}");
        assert_eq!(program.answer_schema(step).is_some(), !pointers_of_nothing.is_empty(), "{step}");
    }
    assert_eq!(*program.answer_schema("its").unwrap().as_ref(), json!({"required": ["its"]}));
}

#[test]
fn inputs_are_strings_unless_a_schema_says_otherwise() {
    let plain = program(json!({}));
    assert_eq!(plain.input_problems(&json!("hello")), []);
    assert_eq!(pointers(&plain.input_problems(&json!({"a": 1}))), [""]);
    let typed = program(
        json!({"input_schema": {"type": "object", "required": ["a"]}, "output_schema": {"type": "integer"}}),
    );
    assert_eq!(typed.input_problems(&json!({"a": 1})), []);
    assert_eq!(pointers(&typed.input_problems(&json!({}))), ["/a"]);
    assert_eq!(typed.output_problems(&json!(1)), []);
    assert_eq!(pointers(&typed.output_problems(&json!("1"))), [""]);
}

#[test]
fn callers_set_what_is_overridable() {
    let context = json!({"region": 1, "a/b": 2});
    let context = context.as_object().unwrap();
    assert_eq!(program(json!({})).context_problems(context), []);
    let some = program(json!({"overridable": ["region"]}));
    assert_eq!(pointers(&some.context_problems(context)), ["/a~1b"]);
    assert_eq!(
        pointers(&program(json!({"overridable": []})).context_problems(context)),
        ["/a~1b", "/region"]
    );
}

#[test]
fn a_program_knows_its_steps_agents_and_config() {
    let program = program(json!({}));
    assert_eq!(program.step("llm").map(|step| step.kind.name()), Some("llm"));
    assert!(program.step("nowhere").is_none());
    assert_eq!(program.agent("writer").map(|agent| agent.id.as_str()), Some("writer"));
    assert_eq!(**program.config(), json!({"tone": "formal"}));
    assert_eq!(
        Program::agents_named(program.definition()).into_iter().collect::<Vec<_>>(),
        ["talker", "writer"]
    );
}

#[test]
fn what_does_not_validate_is_no_program() {
    assert_eq!(
        pointers(&Program::new(definition(json!({})), []).unwrap_err()),
        ["/steps/0/agent", "/steps/1/agent", "/steps/2/agent"]
    );
    assert_eq!(pointers(&Program::new(definition(json!({"id": "-"})), agents()).unwrap_err()), ["/id"]);
    let broken = Agent { output_schema: Some(json!({"properties": {"a": 1}})), ..Agent::clone(&agents()[0]) };
    let problems = Program::new(definition(json!({})), [Arc::new(broken), agents().remove(1)]).unwrap_err();
    assert_eq!(pointers(&problems), ["/steps/1/agent/properties/a"]);
}
