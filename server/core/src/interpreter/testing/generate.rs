//! Definitions of every shape, for properties.

use proptest::collection::vec;
use proptest::prelude::{BoxedStrategy, Just, Strategy, any};
use proptest::{option, prop_oneof};
use serde_json::{Value, json};

use crate::workflow::{Definition, parse};

/// One step with what belongs to it.
#[derive(Clone, Debug)]
pub struct Node {
    kind: Kind,
    attempts: Option<u32>,
    timed: bool,
    goes_on: bool,
}

#[derive(Clone, Debug)]
enum Kind {
    Agent(&'static str),
    Llm { schema: bool },
    Tool,
    Knowledge(u32),
    Wait(u32),
    Approval(&'static str),
    Workflow,
    Transform,
    Branch { taken: bool, then: Vec<Node>, otherwise: Vec<Node> },
    Parallel { branches: Vec<Vec<Node>>, wait: bool },
    Map { items: u32, most: u32, each: Vec<Node> },
    Loop { rounds: u32, most: u32, each: Vec<Node> },
    FailWhen(bool),
}

/// Sequences of steps, up to three containers deep.
pub fn sequences() -> impl Strategy<Value = Vec<Node>> {
    vec(nodes(), 1..6)
}

fn nodes() -> BoxedStrategy<Node> {
    let leaf = prop_oneof![
        3 => prop_oneof![Just("clerk"), Just("judge"), Just("spare"), Just("reader")].prop_map(Kind::Agent),
        2 => any::<bool>().prop_map(|schema| Kind::Llm { schema }),
        3 => Just(Kind::Tool),
        2 => (1_u32..4).prop_map(Kind::Knowledge),
        1 => (0_u32..5).prop_map(Kind::Wait),
        1 => Just(Kind::Approval("approve")),
        1 => Just(Kind::Workflow),
        2 => Just(Kind::Transform),
        1 => (0_u8..8).prop_map(|n| Kind::FailWhen(n == 0)),
    ];
    dressed(leaf.boxed())
        .prop_recursive(3, 24, 3, |inner| {
            let arms = (any::<bool>(), vec(inner.clone(), 0..3), vec(inner.clone(), 0..3));
            let branch = arms.prop_map(|(taken, then, otherwise)| Kind::Branch { taken, then, otherwise });
            let map = (0_u32..4, 1_u32..4, vec(inner.clone(), 1..3))
                .prop_map(|(items, most, each)| Kind::Map { items, most, each });
            let rounds = (0_u32..4, 1_u32..4, vec(inner.clone(), 1..3))
                .prop_map(|(rounds, most, each)| Kind::Loop { rounds, most, each });
            let parallel = (vec(vec(inner, 1..3), 1..4), any::<bool>())
                .prop_map(|(branches, wait)| Kind::Parallel { branches, wait });
            dressed(prop_oneof![1 => branch, 2 => parallel, 2 => map, 1 => rounds].boxed())
        })
        .boxed()
}

fn dressed(kind: BoxedStrategy<Kind>) -> BoxedStrategy<Node> {
    (kind, option::of(1_u32..4), any::<bool>(), any::<bool>())
        .prop_map(|(kind, attempts, timed, goes_on)| Node { kind, attempts, timed, goes_on })
        .boxed()
}

/// The definition of a sequence; without `may_fail` its `fail` steps are never reached.
pub fn definition(sequence: &[Node], limits: Value, may_fail: bool) -> Definition {
    let mut writer = Writer { steps: Vec::new(), ids: 0, may_fail, passes: 0 };
    let entry = writer.sequence(sequence, None, None);
    let document = json!({
        "id": "t", "entry_step": entry, "context": {"yes": true, "no": false}, "config": {"model": "scripted/x"},
        "limits": limits, "steps": writer.steps,
    });
    parse::definition_from_value(document.clone()).unwrap_or_else(|e| panic!("{e:?}: {document}"))
}

struct Writer {
    steps: Vec<Value>,
    ids: u32,
    may_fail: bool,
    /// Containers around that are gone through many times.
    passes: u32,
}

impl Writer {
    fn id(&mut self) -> String {
        self.ids += 1;
        format!("s{}", self.ids)
    }

    /// Writes a sequence between two steps; its first step, or what comes after it.
    fn sequence(&mut self, nodes: &[Node], before: Option<&str>, after: Option<&str>) -> Option<String> {
        let ids: Vec<_> = nodes.iter().map(|_| self.id()).collect();
        for (at, node) in nodes.iter().enumerate() {
            let before = at.checked_sub(1).map_or(before, |at| Some(&ids[at]));
            let next = ids.get(at + 1).map(String::as_str).or(after);
            self.step(node, &ids[at], before, next);
        }
        ids.into_iter().next().or(after.map(str::to_owned))
    }

    fn step(&mut self, node: &Node, id: &str, before: Option<&str>, next: Option<&str>) {
        let mut step = self.kind(node, id, before, next);
        let ways = matches!(node.kind, Kind::Branch { .. } | Kind::FailWhen(_));
        step["id"] = json!(id);
        if let Some(next) = next.filter(|_| !ways) {
            step["next"] = json!(next);
        }
        let asks = matches!(node.kind, Kind::Agent(_) | Kind::Llm { .. } | Kind::Tool | Kind::Knowledge(_));
        if let Some(attempts) = node.attempts.filter(|_| asks) {
            step["retry"] = json!({"max_attempts": attempts, "initial_interval_ms": 50});
        }
        if node.timed && !ways && !matches!(node.kind, Kind::Approval(_) | Kind::Transform) {
            step["timeout_seconds"] = json!(600);
        }
        if node.goes_on && !ways {
            step["on_error"] = json!("continue");
        }
        self.steps.push(step);
    }

    /// The members that go by the kind.
    fn kind(&mut self, node: &Node, id: &str, before: Option<&str>, next: Option<&str>) -> Value {
        let output = before.map_or("{{ input }}".to_owned(), |id| format!("{{{{ steps.{id}.output }}}}"));
        match &node.kind {
            Kind::Agent(agent) => json!({"type": "agent", "agent": agent, "input": output}),
            Kind::Llm { schema: false } => json!({"type": "llm", "prompt": format!("Say {output}")}),
            Kind::Llm { schema: true } => {
                json!({"type": "llm", "prompt": "Say", "output_schema": {"type": "object", "required": ["n"]}})
            }
            Kind::Tool if self.passes > 0 => {
                json!({"type": "tool", "tool": "x.y", "arguments": {"of": id, "pass": "{{ index }}", "before": output}})
            }
            Kind::Tool => json!({"type": "tool", "tool": "x.y", "arguments": {"of": id, "before": output}}),
            Kind::Knowledge(most) => {
                let query = format!("About {output}");
                json!({"type": "knowledge", "collection": "all", "query": query, "top_k": most, "filter": {"of": id}})
            }
            Kind::Wait(seconds) => json!({"type": "wait", "seconds": seconds}),
            Kind::Approval(then) => {
                json!({"type": "approval", "prompt": output, "on_timeout": then, "timeout_seconds": 9})
            }
            Kind::Workflow => {
                json!({"type": "workflow", "workflow": "other", "input": output, "context": {"of": id}})
            }
            Kind::Transform => json!({"type": "transform", "value": [id, output]}),
            Kind::Branch { then, otherwise, .. }
                if then.is_empty() && otherwise.is_empty() && next.is_none() =>
            {
                json!({"type": "transform", "value": id})
            }
            Kind::Branch { taken, then, otherwise } => {
                let then = self.sequence(then, Some(id), next);
                let otherwise = self.sequence(otherwise, Some(id), next);
                choice(*taken, then, otherwise)
            }
            Kind::Parallel { branches, wait } => {
                let firsts: Vec<_> =
                    branches.iter().map(|nodes| self.sequence(nodes, before, None)).collect();
                json!({"type": "parallel", "branches": firsts, "fail": if *wait { "wait" } else { "fast" }})
            }
            Kind::Map { items, most, each } => {
                let items: Vec<_> = (0..*items).map(|n| format!("{n} {output}")).collect();
                json!({"type": "map", "items": items, "steps": [self.pass(each, before)], "max_concurrency": most})
            }
            Kind::Loop { rounds, most, each } => {
                let condition = format!("index < {rounds}");
                let first = self.pass(each, before);
                json!({"type": "loop", "while": condition, "steps": [first], "max_iterations": most})
            }
            Kind::FailWhen(fails) => {
                let fail = self.id();
                self.steps.push(json!({"id": fail, "type": "fail", "code": "enough", "message": "Enough"}));
                choice(*fails && self.may_fail, Some(fail), next.map(str::to_owned))
            }
        }
    }

    /// Writes a sequence that is gone through many times.
    fn pass(&mut self, nodes: &[Node], before: Option<&str>) -> Option<String> {
        self.passes += 1;
        let first = self.sequence(nodes, before, None);
        self.passes -= 1;
        first
    }
}

/// A branch step: two ways, of which one may be the end of the sequence.
fn choice(taken: bool, then: Option<String>, otherwise: Option<String>) -> Value {
    let (when, other) = if taken { ("context.yes", "context.no") } else { ("context.no", "context.yes") };
    match (then, otherwise) {
        (Some(then), None) => json!({"type": "branch", "cases": [{"when": when, "next": then}]}),
        (then, otherwise) => {
            let cases = then.map(|then| json!({"when": when, "next": then}));
            let cases = cases.unwrap_or_else(|| json!({"when": other, "next": otherwise}));
            json!({"type": "branch", "cases": [cases], "default": otherwise})
        }
    }
}
