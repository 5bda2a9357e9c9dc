use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::workflow::Definition;

/// A definition of `transform` steps, each given as `[id, its other members]`.
fn definition(steps: Value) -> Definition {
    let steps: Vec<Value> = steps
        .as_array()
        .unwrap()
        .iter()
        .map(|step| {
            let mut whole = json!({"id": step[0], "type": "transform", "value": null});
            let members = whole.as_object_mut().unwrap();
            members.extend(step[1].as_object().unwrap().clone());
            whole
        })
        .collect();
    serde_json::from_value(json!({"id": "t", "entry_step": "a", "steps": steps})).unwrap()
}

/// What is certain before each step and at the end, as `step: others`.
fn certain(steps: Value) -> Vec<String> {
    let definition = definition(steps);
    let graph = Graph::new(&definition);
    assert_eq!(graph.problems(), []);
    let certain = Certain::new(&graph);
    let listed = |holds: &dyn Fn(usize) -> bool| -> String {
        let ids = definition.steps.iter().enumerate().filter(|(at, _)| holds(*at));
        ids.map(|(_, step)| step.id.as_str()).collect::<Vec<_>>().join(" ")
    };
    let mut lines: Vec<String> = definition
        .steps
        .iter()
        .enumerate()
        .map(|(at, step)| format!("{}: {}", step.id, listed(&|other| certain.before(at, other))))
        .collect();
    lines.push(format!("end: {}", listed(&|other| certain.at_end(other))));
    lines
}

fn problems(steps: Value) -> Vec<String> {
    let definition = definition(steps);
    let graph = Graph::new(&definition);
    // Whatever is wrong, this ends.
    let _ = Certain::new(&graph);
    graph.problems().iter().map(|p| format!("{} {}", p.pointer, p.detail)).collect()
}

fn branch(cases: &[&str], default: Option<&str>) -> Value {
    let cases: Vec<Value> = cases.iter().map(|next| json!({"when": "true", "next": next})).collect();
    json!({"type": "branch", "cases": cases, "default": default, "value": null})
}

#[test]
fn what_a_row_of_steps_has_behind_it() {
    assert_eq!(
        certain(json!([["a", {"next": "b"}], ["c", {}], ["b", {"next": "c"}]])),
        ["a: ", "c: a b", "b: a", "end: a c b"]
    );
}

#[test]
fn after_a_branch_only_what_all_cases_share_is_certain() {
    assert_eq!(
        certain(json!([
            ["a", branch(&["b", "c"], Some("d"))],
            ["b", {"next": "d"}],
            ["c", {"next": "b"}],
            ["d", {"next": "e"}],
            ["e", {}],
        ])),
        ["a: ", "b: a", "c: a", "d: a", "e: a d", "end: a d e"]
    );
    // Without a default the run may end with the branch itself.
    assert_eq!(certain(json!([["a", branch(&["b"], None)], ["b", {}]])), ["a: ", "b: a", "end: a"]);
}

#[test]
fn a_step_that_failed_has_ended_too() {
    assert_eq!(
        certain(json!([
            ["a", {"next": "b", "on_error": {"next": "c"}}],
            ["b", {"next": "d", "on_error": "continue"}],
            ["c", {"next": "d"}],
            ["d", {}],
        ])),
        ["a: ", "b: a", "c: a", "d: a", "end: a d"]
    );
}

#[test]
fn a_run_that_fails_has_no_say_in_its_end() {
    let fail = json!({"type": "fail", "message": "no"});
    assert_eq!(
        certain(json!([["a", branch(&["b"], Some("c"))], ["b", fail], ["c", {}]])),
        ["a: ", "b: a", "c: a", "end: a c"]
    );
    assert_eq!(certain(json!([["a", {"next": "b"}], ["b", fail]])), ["a: ", "b: a", "end: "]);
}

fn parallel(more: Value) -> Value {
    let mut step = json!({"type": "parallel", "branches": ["x", "y"], "next": "z"});
    step.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    step
}

fn around(step: Value) -> Vec<String> {
    certain(json!([
        ["a", {"next": "p"}],
        ["p", step],
        ["x", {"next": "x2"}],
        ["x2", {}],
        ["y", branch(&["y2"], None)],
        ["y2", {}],
        ["z", {}],
        ["w", {}],
    ]))
}

#[test]
fn branches_see_what_lies_before_them_and_are_seen_after_them() {
    let z = json!({"on_error": {"next": "w"}});
    assert_eq!(
        around(parallel(z)),
        [
            "a: ",
            "p: a",
            "x: a",
            "x2: a x",
            "y: a",
            "y2: a y",
            "z: a p x x2 y",
            // A branch that failed has stopped the others somewhere.
            "w: a p",
            "end: a p",
        ]
    );
}

#[test]
fn a_parallel_step_that_may_fail_and_go_on_says_nothing_of_its_branches() {
    let step = parallel(json!({"on_error": "continue", "branches": ["x", "y", "w"]}));
    assert_eq!(around(step)[6..], ["z: a p", "w: a", "end: a p z"]);
}

#[test]
fn a_parallel_step_at_the_end_of_the_run_and_parallel_steps_inside_each_other() {
    assert_eq!(
        certain(json!([
            ["a", {"type": "parallel", "branches": ["b", "c"]}],
            ["b", {"type": "parallel", "branches": ["d", "e"], "next": "f"}],
            ["c", {}],
            ["d", {}],
            ["e", {}],
            ["f", {}],
        ])),
        ["a: ", "b: ", "c: ", "d: ", "e: ", "f: b d e", "end: a b c d e f"]
    );
}

#[test]
fn names_of_steps_that_do_not_exist() {
    assert_eq!(
        problems(json!([
            ["a", {"next": "brnch", "on_error": {"next": "nowhere"}}],
            ["branch", branch(&["gone", "after"], Some("away"))],
            ["after", {}],
            ["orphan", {"type": "parallel", "branches": ["lost"], "next": "missing"}],
        ])),
        [
            "/steps/0/next there is no step `brnch`; did you mean `branch`?",
            "/steps/0/on_error/next there is no step `nowhere`",
            "/steps/1/cases/0/next there is no step `gone`",
            "/steps/1/default there is no step `away`",
            "/steps/3/next there is no step `missing`",
            "/steps/3/branches/0 there is no step `lost`",
            "/steps/3 step `orphan` is never reached",
        ]
    );
}

#[test]
fn circles_are_named_where_they_close() {
    assert_eq!(problems(json!([["a", {"next": "a"}]])), ["/steps/0/next the steps go in a circle: a -> a"]);
    assert_eq!(
        problems(json!([
            ["a", {"next": "b"}],
            ["b", {"next": "c", "on_error": {"next": "b"}}],
            ["c", branch(&["a"], Some("b"))],
        ])),
        [
            "/steps/2/cases/0/next the steps go in a circle: a -> b -> c -> a",
            "/steps/2/default the steps go in a circle: b -> c -> b",
            "/steps/1/on_error/next the steps go in a circle: b -> b",
        ]
    );
    let ring: Vec<Value> =
        (0..30).map(|n| json!([if n == 0 { "a".into() } else { format!("s{n}") }, {"next": if n == 29 { "a".into() } else { format!("s{}", n + 1) }}])).collect();
    assert_eq!(
        problems(Value::Array(ring)),
        [
            "/steps/29/next the steps go in a circle: a -> s1 -> s2 -> s3 -> s4 -> … -> s25 -> s26 -> s27 -> s28 -> s29 -> a"
        ]
    );
}

#[test]
fn a_step_belongs_to_one_sequence() {
    let main = "belongs to the main sequence; a step belongs to one sequence only";
    let of_b = "belongs to branch `b` of `a`; a step belongs to one sequence only";
    assert_eq!(
        problems(json!([
            ["a", {"type": "parallel", "branches": ["b", "c", "b", "a", "d"], "next": "d"}],
            ["b", {"next": "e"}],
            ["c", {"next": "e", "on_error": {"next": "d"}}],
            ["d", {}],
            ["e", {}],
        ])),
        [
            format!("/steps/0/branches/2 step `b` {of_b}"),
            format!("/steps/0/branches/3 step `a` {main}"),
            format!("/steps/0/branches/4 step `d` {main}"),
            format!("/steps/2/next step `e` {of_b}"),
            format!("/steps/2/on_error/next step `d` {main}"),
        ]
    );
    assert_eq!(
        problems(json!([["a", {"type": "parallel", "branches": ["b"]}], ["b", {"next": "a"}]])),
        [format!("/steps/1/next step `a` {main}")]
    );
}

#[test]
fn ten_thousand_steps_in_every_shape() {
    const N: usize = 10_000;
    let id = |n: usize| if n == 0 { "a".to_owned() } else { format!("s{n}") };
    let row: Vec<Value> = (0..N).map(|n| json!([id(n), {"next": (n + 1 < N).then(|| id(n + 1))}])).collect();
    let nested: Vec<Value> = (0..N)
        .map(|n| match n + 1 < N {
            true => json!([id(n), {"type": "parallel", "branches": [id(n + 1)]}]),
            false => json!([id(n), {}]),
        })
        .collect();
    let ladder: Vec<Value> = (0..N)
        .map(|n| {
            let to = |n: usize| (n < N).then(|| id(n));
            match to(n + 1) {
                Some(next) => {
                    let failed = to(n + 2).unwrap_or_else(|| next.clone());
                    json!([id(n), {"next": next, "on_error": {"next": failed}}])
                }
                None => json!([id(n), {}]),
            }
        })
        .collect();
    for (shape, steps) in [("row", row), ("nested", nested), ("ladder", ladder)] {
        let definition = definition(Value::Array(steps));
        let graph = Graph::new(&definition);
        assert_eq!(graph.problems(), [], "{shape}");
        let certain = Certain::new(&graph);
        let before_last: BTreeSet<usize> = (0..N).filter(|at| certain.before(N - 1, *at)).collect();
        match shape {
            "row" => assert_eq!(before_last.len(), N - 1),
            "nested" => {
                assert_eq!((before_last.len(), (0..N).filter(|at| certain.at_end(*at)).count()), (0, N))
            }
            _ => assert_eq!(before_last, BTreeSet::from([0])),
        }
    }
    let rungs: Vec<Value> = (0..N)
        .map(|n| json!([id(n), {"next": (n + 1 < N).then(|| id(n + 1)), "on_error": {"next": "a"}}]))
        .collect();
    assert_eq!(problems(Value::Array(rungs)).len(), N);
}
