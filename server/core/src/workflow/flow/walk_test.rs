//! Runs definitions on paper, with chance deciding what fails, and holds what validation calls
//! certain against what has ended.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Certain, Graph};
use crate::workflow::{Definition, OnError, StepKind};

struct Walk<'a> {
    graph: &'a Graph<'a>,
    certain: &'a Certain,
    definition: &'a Definition,
    chances: std::iter::Cycle<std::slice::Iter<'a, u8>>,
    ended: BTreeSet<usize>,
}

impl Walk<'_> {
    fn chance(&mut self, of: usize) -> usize {
        usize::from(*self.chances.next().unwrap()) % of
    }

    /// Whether the sequence that begins with `at` ended well.
    fn sequence(&mut self, mut at: usize) -> bool {
        loop {
            for other in 0..self.definition.steps.len() {
                if self.certain.before(at, other) {
                    assert!(self.ended.contains(&other), "{other} before {at}");
                }
            }
            let step = &self.definition.steps[at];
            let (went_well, next) = match &step.kind {
                StepKind::Fail { .. } => return false,
                StepKind::Branch { cases, default } => {
                    let taken = self.chance(cases.len() + 1);
                    let next = cases.get(taken).map(|case| &case.next).or(default.as_ref());
                    (self.chance(4) > 0, next)
                }
                StepKind::Parallel { branches, .. } => {
                    let mut all = true;
                    for first in branches {
                        // A branch after one that failed may never have begun.
                        if !all && self.chance(2) == 0 {
                            continue;
                        }
                        all &= self.sequence(self.graph.find(first).unwrap());
                    }
                    (all && self.chance(8) > 0, step.next.as_ref())
                }
                _ => (self.chance(4) > 0, step.next.as_ref()),
            };
            self.ended.insert(at);
            let next = match (&step.on_error, went_well) {
                (_, true) => next,
                (Some(OnError::Next { next }), false) => Some(next),
                (Some(OnError::Continue), false) => step.next.as_ref(),
                (None, false) => return false,
            };
            match next {
                Some(id) => at = self.graph.find(id).unwrap(),
                None => return true,
            }
        }
    }
}

/// Steps `s0` to `s9`, each leading only to later ones, with branches in between.
fn definitions() -> impl Strategy<Value = Definition> {
    let later = |at: usize| (at + 1..11).prop_map(move |to| (to < 10).then(|| format!("s{to}")));
    let step = move |at: usize| {
        (0_u8..6, later(at), later(at), later(at), 0_u8..3).prop_map(move |(kind, next, one, two, error)| {
            let on_error = match (error, &two) {
                (1, Some(next)) => json!({"next": next}),
                (2, _) => json!("continue"),
                _ => Value::Null,
            };
            let ids: Vec<&String> = [&one, &two].into_iter().flatten().collect();
            let id = format!("s{at}");
            match kind {
                0 | 1 if !ids.is_empty() => {
                    json!({"id": id, "type": "parallel", "branches": ids, "next": next, "on_error": on_error})
                }
                2 | 3 => {
                    let cases: Vec<Value> =
                        ids.iter().map(|id| json!({"when": "true", "next": id})).collect();
                    json!({"id": id, "type": "branch", "cases": cases, "default": next, "on_error": on_error})
                }
                4 if at > 4 => json!({"id": id, "type": "fail", "message": "m"}),
                _ => {
                    json!({"id": id, "type": "transform", "value": null, "next": next, "on_error": on_error})
                }
            }
        })
    };
    let steps: Vec<_> = (0..10).map(step).collect();
    steps.prop_map(|steps| {
        serde_json::from_value(json!({"id": "t", "entry_step": "s0", "steps": steps})).unwrap()
    })
}

/// The definition with everything cut out that is wrong with its flow.
fn mended(mut definition: Definition) -> Option<Definition> {
    for _ in 0..40 {
        let graph = Graph::new(&definition);
        let Some(problem) = graph.problems().first() else {
            return Some(definition);
        };
        let mut whole = serde_json::to_value(&definition).unwrap();
        cut(&mut whole, &problem.pointer);
        definition = serde_json::from_value(whole).unwrap();
    }
    None
}

/// Takes out what a pointer leads to, with the case or `on_error` around it.
fn cut(whole: &mut Value, pointer: &str) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    if parent.ends_with("/on_error") || parent.contains("/cases/") {
        return cut(whole, parent);
    }
    match whole.pointer_mut(parent).unwrap() {
        Value::Array(items) => drop(items.remove(key.parse().unwrap())),
        members => drop(members.as_object_mut().unwrap().remove(key).unwrap()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn what_is_certain_has_always_ended(
        definition in definitions(),
        chances in prop::collection::vec(any::<u8>(), 50..200),
    ) {
        let definition = mended(definition).expect("cutting edges mends every flow");
        let graph = Graph::new(&definition);
        let certain = Certain::new(&graph);
        for turn in 0..20 {
            let mut chances = chances.iter().cycle();
            for _ in 0..turn * 7 {
                chances.next();
            }
            let mut walk =
                Walk { graph: &graph, certain: &certain, definition: &definition, chances, ended: BTreeSet::new() };
            if walk.sequence(0) {
                for other in 0..definition.steps.len() {
                    if certain.at_end(other) {
                        prop_assert!(walk.ended.contains(&other), "{} at the end", other);
                    }
                }
            }
        }
    }
}
