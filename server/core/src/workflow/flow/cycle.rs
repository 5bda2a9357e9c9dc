//! The order of a sequence, and the cycles that stand in its way.

use super::edge::Edge;
use crate::workflow::Step;

/// Steps of a cycle that are named before and after the dots.
const NAMED: usize = 5;

/// A way that leads back to where it began.
#[derive(Debug)]
pub(super) struct Cycle {
    /// The first and last steps of the way; `None` stands for those between.
    named: Vec<Option<usize>>,
    /// The step whose edge closes the cycle, and that edge.
    last: usize,
    edge: Edge,
}

impl Cycle {
    fn new(way: &[(usize, usize)], last: usize, edge: Edge) -> Self {
        let all = way.iter().map(|(at, _)| Some(*at));
        let named = match way.len().checked_sub(NAMED).filter(|rest| *rest > NAMED) {
            Some(rest) => all.clone().take(NAMED).chain([None]).chain(all.skip(rest)).collect(),
            None => all.collect(),
        };
        Self { named, last, edge }
    }

    /// The pointer of the member that closes the cycle.
    pub(super) fn closed_by(&self) -> String {
        self.edge.way.pointer(self.last)
    }

    /// What is wrong.
    pub(super) fn sentence(&self, steps: &[Step]) -> String {
        let back = [Some(self.edge.to)];
        let ids = self.named.iter().chain(&back).map(|at| at.map_or("…", |at| id(steps, at)));
        format!("the steps go in a circle: {}", ids.collect::<Vec<_>>().join(" -> "))
    }
}

fn id(steps: &[Step], at: usize) -> &str {
    steps.get(at).map_or("", |step| step.id.as_str())
}

/// What is known of a step while the sequence is walked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Open(usize),
    Done,
}

/// The steps that `first` leads to, each after all that lead to it, and the cycles between them.
/// Edges that close a cycle are taken out of `edges`.
pub(super) fn order(first: usize, edges: &mut [Vec<Edge>]) -> (Vec<usize>, Vec<Cycle>) {
    let mut marks: std::collections::BTreeMap<usize, Mark> = [(first, Mark::Open(0))].into();
    // The way from `first`, each step with the number of its next edge.
    let mut way: Vec<(usize, usize)> = vec![(first, 0)];
    let (mut order, mut cycles) = (Vec::new(), Vec::new());
    while let Some((at, turn)) = way.last_mut() {
        let Some(edge) = edges.get(*at).and_then(|out| out.get(*turn)).copied() else {
            marks.insert(*at, Mark::Done);
            order.push(*at);
            way.pop();
            continue;
        };
        match marks.get(&edge.to) {
            None => {
                *turn += 1;
                marks.insert(edge.to, Mark::Open(way.len()));
                way.push((edge.to, 0));
            }
            Some(Mark::Done) => *turn += 1,
            Some(Mark::Open(depth)) => {
                let (at, turn) = (*at, *turn);
                cycles.push(Cycle::new(way.get(*depth..).unwrap_or_default(), at, edge));
                if let Some(out) = edges.get_mut(at) {
                    out.remove(turn);
                }
            }
        }
    }
    order.reverse();
    (order, cycles)
}
