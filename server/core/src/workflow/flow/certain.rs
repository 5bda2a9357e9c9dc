//! Which steps have certainly ended when another one begins: what every way to it has in common.
//! After a `parallel` that ended well, so have the steps that each of its branches cannot avoid.

use super::edge::{Edge, Taken, ends_sequence};
use super::graph::Graph;
use crate::workflow::OnError;

/// A set of steps by their numbers.
#[derive(Clone, Debug, Default)]
struct Steps(Vec<u64>);

impl Steps {
    fn add(&mut self, step: usize) {
        let word = step / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(bits) = self.0.get_mut(word) {
            *bits |= 1 << (step % 64);
        }
    }

    fn contains(&self, step: usize) -> bool {
        self.0.get(step / 64).is_some_and(|bits| bits & (1 << (step % 64)) != 0)
    }

    fn keep_common(&mut self, other: &Self) {
        self.0.truncate(other.0.len());
        for (bits, others) in self.0.iter_mut().zip(&other.0) {
            *bits &= others;
        }
    }

    fn add_all(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (bits, others) in self.0.iter_mut().zip(&other.0) {
            *bits |= others;
        }
    }
}

/// Which steps have certainly ended, at the beginning of each step and at the end of the run.
#[derive(Debug)]
pub(in crate::workflow) struct Certain {
    before: Vec<Steps>,
    at_end: Steps,
}

impl Certain {
    /// Reads it off the graph. Takes time and memory in the square of the steps' number, divided by
    /// 64 for the bits in a word.
    pub(in crate::workflow) fn new(graph: &Graph<'_>) -> Self {
        let mut walk =
            Walk { graph, before: vec![None; graph.steps.len()], after: vec![None; graph.steps.len()] };
        walk.run();
        Self {
            at_end: walk.end_of(0),
            before: walk.before.into_iter().map(Option::unwrap_or_default).collect(),
        }
    }

    /// Whether `other` has certainly ended when `step` begins.
    pub(in crate::workflow) fn before(&self, step: usize, other: usize) -> bool {
        self.before.get(step).is_some_and(|steps| steps.contains(other))
    }

    /// Whether `other` has certainly ended when the run ends well.
    pub(in crate::workflow) fn at_end(&self, other: usize) -> bool {
        self.at_end.contains(other)
    }
}

struct Walk<'g, 'a> {
    graph: &'g Graph<'a>,
    /// What every way to a step has in common, as far as the ways were walked.
    before: Vec<Option<Steps>>,
    /// What has ended after a `parallel` step that ended well.
    after: Vec<Option<Steps>>,
}

impl Walk<'_, '_> {
    /// Walks the sequences in order, each `parallel` step's branches before what follows it.
    fn run(&mut self) {
        if let Some(main) = self.graph.sequences.first() {
            self.merge(main.first, &Steps::default());
        }
        // Sequences under way, each with the place of its next step and whether that step's
        // branches were walked.
        let mut open: Vec<(usize, usize, bool)> = vec![(0, 0, false)];
        while let Some((sequence, place, inside)) = open.last_mut() {
            let order = self.graph.sequences.get(*sequence).map(|s| &s.order);
            let Some(at) = order.and_then(|order| order.get(*place)).copied() else {
                open.pop();
                continue;
            };
            let branches = self.graph.branches.get(&at);
            match branches.filter(|_| !*inside) {
                Some(branches) => {
                    *inside = true;
                    let before = self.known_before(at);
                    for branch in branches {
                        if let Some(sequence) = self.graph.sequences.get(*branch) {
                            self.merge(sequence.first, &before);
                        }
                        open.push((*branch, 0, false));
                    }
                }
                None => {
                    (*place, *inside) = (*place + 1, false);
                    self.finish(at);
                }
            }
        }
    }

    /// Hands on what is certain after the step.
    fn finish(&mut self, at: usize) {
        let mut failed = self.known_before(at);
        failed.add(at);
        let mut ended = failed.clone();
        // Nobody knows how many passes there were either.
        let goes_on = self.graph.has_passes(at)
            || self.graph.steps.get(at).is_some_and(|s| s.on_error == Some(OnError::Continue));
        // A branch that fails stops the others; with `continue` nobody knows how far they came.
        for branch in self.graph.branches.get(&at).into_iter().flatten().filter(|_| !goes_on) {
            ended.add_all(&self.end_of(*branch));
        }
        for Edge { to, taken, .. } in self.graph.edges.get(at).into_iter().flatten() {
            self.merge(*to, if *taken == Taken::Ended { &ended } else { &failed });
        }
        if let Some(after) = self.after.get_mut(at) {
            *after = Some(ended);
        }
    }

    /// What all ends of a sequence have in common.
    fn end_of(&self, sequence: usize) -> Steps {
        let order = self.graph.sequences.get(sequence).map(|s| s.order.as_slice()).unwrap_or_default();
        let ends = order.iter().filter(|at| self.graph.steps.get(**at).is_some_and(ends_sequence));
        let common = ends.filter_map(|at| self.after.get(*at)?.as_ref()).fold(None, |common, after| {
            Some(match common {
                None => after.clone(),
                Some(mut common) => {
                    Steps::keep_common(&mut common, after);
                    common
                }
            })
        });
        common.unwrap_or_default()
    }

    fn known_before(&self, at: usize) -> Steps {
        self.before.get(at).cloned().flatten().unwrap_or_default()
    }

    fn merge(&mut self, at: usize, steps: &Steps) {
        match self.before.get_mut(at) {
            Some(Some(common)) => common.keep_common(steps),
            Some(unknown @ None) => *unknown = Some(steps.clone()),
            None => {}
        }
    }
}
