//! The steps as a graph, cut into sequences: the main one, one for each branch of a `parallel`, and
//! one inside each `map` and `loop`.
//! A step belongs to exactly one sequence; edges that break this are reported and left out.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::cycle;
use super::edge::{Edge, Written, place, written};
use super::link::{list_place, passes};
use crate::workflow::suggestion::Suggestions;
use crate::workflow::{Definition, Problem, Step, StepKind};

/// One sequence of steps.
#[derive(Debug)]
pub(super) struct Sequence {
    /// Where it begins.
    pub first: usize,
    /// The step that it is inside of.
    pub parent: Option<usize>,
    /// Its steps, each after all that lead to it.
    pub order: Vec<usize>,
}

/// The steps of a definition and how they follow one another.
#[derive(Debug)]
pub(in crate::workflow) struct Graph<'a> {
    pub(super) steps: &'a [Step],
    index: BTreeMap<&'a str, usize>,
    /// Edges inside sequences, without those that close a cycle.
    pub(super) edges: Vec<Vec<Edge>>,
    pub(super) sequences: Vec<Sequence>,
    /// The sequence of each step that can be reached.
    owner: Vec<Option<usize>>,
    /// The sequences inside each step that has some.
    pub(super) branches: BTreeMap<usize, Vec<usize>>,
    problems: Vec<Problem>,
    suggestions: Suggestions,
    /// Steps that a misspelt name probably meant.
    meant: Vec<usize>,
}

impl<'a> Graph<'a> {
    /// Reads the definition's steps.
    pub(in crate::workflow) fn new(definition: &'a Definition) -> Self {
        let steps = definition.steps.as_slice();
        let mut index = BTreeMap::new();
        for (at, step) in steps.iter().enumerate() {
            index.entry(step.id.as_str()).or_insert(at);
        }
        let mut graph = Self {
            steps,
            index,
            edges: steps.iter().map(|_| Vec::new()).collect(),
            sequences: Vec::new(),
            owner: vec![None; steps.len()],
            branches: BTreeMap::new(),
            problems: Vec::new(),
            suggestions: Suggestions::new(),
            meant: Vec::new(),
        };
        let entry = graph.resolve(&definition.entry_step, "/entry_step");
        // Without an entry the rest is still looked at, as if it began with the first step.
        if let Some(first) = entry.or_else(|| (!steps.is_empty()).then_some(0)) {
            graph.walk(first);
        }
        graph.look_at_the_unreached(entry.is_some());
        graph
    }

    /// The number of the step of that id.
    pub(in crate::workflow) fn find(&self, id: &str) -> Option<usize> {
        self.index.get(id).copied()
    }

    /// What the step does.
    pub(in crate::workflow) fn kind(&self, at: usize) -> Option<&'a StepKind> {
        self.steps.get(at).map(|step| &step.kind)
    }

    /// Whether a run can come to the step.
    pub(in crate::workflow) fn is_reached(&self, at: usize) -> bool {
        self.owner.get(at).is_some_and(Option::is_some)
    }

    /// What is wrong with the way the steps follow one another.
    pub(in crate::workflow) fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// A step by its id; one that does not exist is reported.
    fn resolve(&mut self, id: &str, pointer: &str) -> Option<usize> {
        if let Some(at) = self.index.get(id) {
            return Some(*at);
        }
        let meant = self.suggestions.nearest(id, self.index.keys().copied());
        self.meant.extend(meant.and_then(|id| self.index.get(id)));
        let hint = meant.map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
        self.problems.push(Problem::new(pointer, format!("there is no step `{id}`{hint}")));
        None
    }

    fn walk(&mut self, first: usize) {
        let mut waiting = VecDeque::new();
        self.open(first, None, &mut waiting);
        while let Some(sequence) = waiting.pop_front() {
            self.claim(sequence);
            self.order(sequence);
            self.open_branches(sequence, &mut waiting);
        }
    }

    /// Begins a sequence.
    fn open(&mut self, first: usize, parent: Option<usize>, waiting: &mut VecDeque<usize>) {
        let sequence = self.sequences.len();
        self.sequences.push(Sequence { first, parent, order: Vec::new() });
        self.set_owner(first, sequence);
        if let Some(parent) = parent {
            self.branches.entry(parent).or_default().push(sequence);
        }
        waiting.push_back(sequence);
    }

    fn owner(&self, at: usize) -> Option<usize> {
        self.owner.get(at).copied().flatten()
    }

    fn set_owner(&mut self, at: usize, sequence: usize) {
        if let Some(owner) = self.owner.get_mut(at) {
            *owner = Some(sequence);
        }
    }

    /// Gives a sequence all steps that its first one leads to.
    fn claim(&mut self, sequence: usize) {
        let mut open: Vec<usize> = self.sequences.get(sequence).map(|s| s.first).into_iter().collect();
        while let Some(at) = open.pop() {
            let Some(step) = self.steps.get(at) else { continue };
            let mut known = BTreeSet::new();
            for Written { to, taken, way } in written(step) {
                let pointer = way.pointer(at);
                let Some(to) = self.resolve(to, &pointer) else {
                    continue;
                };
                match self.owner(to) {
                    None => {
                        self.set_owner(to, sequence);
                        open.push(to);
                    }
                    Some(owner) if owner == sequence => {}
                    Some(owner) => {
                        self.report_leaving(to, owner, pointer);
                        continue;
                    }
                }
                // A second way to the same step tells nothing new, and a branch may have thousands.
                let is_new = known.insert((to, taken));
                if let Some(edges) = self.edges.get_mut(at).filter(|_| is_new) {
                    edges.push(Edge { to, taken, way });
                }
            }
        }
    }

    /// Orders a sequence, cutting the cycles in it.
    fn order(&mut self, sequence: usize) {
        let Some(found) = self.sequences.get_mut(sequence) else {
            return;
        };
        let (order, cycles) = cycle::order(found.first, &mut self.edges);
        found.order = order;
        for cycle in cycles {
            let pointer = cycle.closed_by();
            self.problems.push(Problem::new(pointer, cycle.sentence(self.steps)));
        }
    }

    /// Begins the sequences inside the steps of a sequence.
    fn open_branches(&mut self, sequence: usize, waiting: &mut VecDeque<usize>) {
        let order = self.sequences.get(sequence).map(|s| s.order.clone()).unwrap_or_default();
        for at in order {
            for (n, (first, pointer)) in self.firsts(at).into_iter().enumerate() {
                let Some(first) = self.resolve(first, &pointer) else {
                    continue;
                };
                // What a `map` or a `loop` lists behind its first step follows that one.
                if n > 0 && self.has_passes(at) {
                    continue;
                }
                match self.owner(first) {
                    None => self.open(first, Some(at), waiting),
                    Some(owner) => self.report_leaving(first, owner, pointer),
                }
            }
        }
    }

    fn report_leaving(&mut self, to: usize, owner: usize, pointer: String) {
        let id = self.id(to);
        let home = match self.sequences.get(owner) {
            Some(Sequence { parent: Some(parent), .. }) if self.has_passes(*parent) => {
                format!("the steps of `{}`", self.id(*parent))
            }
            Some(Sequence { first, parent: Some(parent), .. }) => {
                format!("branch `{}` of `{}`", self.id(*first), self.id(*parent))
            }
            _ => "the main sequence".to_owned(),
        };
        let detail = format!("step `{id}` belongs to {home}; a step belongs to one sequence only");
        self.problems.push(Problem::new(pointer, detail));
    }

    /// Steps that nothing leads to; the names in them are checked all the same.
    fn look_at_the_unreached(&mut self, report: bool) {
        let unreached: Vec<usize> = (0..self.steps.len()).filter(|at| !self.is_reached(*at)).collect();
        for at in &unreached {
            for (id, pointer) in self.names_in(*at) {
                self.resolve(id, &pointer);
            }
        }
        let excused = self.reached_if_well_spelt();
        for at in unreached.into_iter().filter(|at| report && !excused.contains(at)) {
            // Steps that have no id or share one are reported for that.
            let id = self.id(at);
            if !id.is_empty() && self.find(id) == Some(at) {
                self.problems.push(Problem::new(place(at), format!("step `{id}` is never reached")));
            }
        }
    }

    /// The steps that a step names, and where.
    fn names_in(&self, at: usize) -> Vec<(&'a str, String)> {
        let Some(step) = self.steps.get(at) else {
            return Vec::new();
        };
        let mut names: Vec<_> = written(step).into_iter().map(|way| (way.to, way.way.pointer(at))).collect();
        names.extend(self.firsts(at));
        names
    }

    /// The steps that the one lists as inside of it, and where.
    fn firsts(&self, at: usize) -> Vec<(&'a str, String)> {
        let Some(step) = self.steps.get(at) else {
            return Vec::new();
        };
        let branches = match &step.kind {
            StepKind::Parallel { branches, .. } => branches.iter().enumerate(),
            _ => {
                let listed = passes(step).unwrap_or_default().iter().enumerate();
                return listed.map(|(n, id)| (id.as_str(), list_place(at, n))).collect();
            }
        };
        branches.map(|(n, first)| (first.as_str(), branch_place(at, n))).collect()
    }

    /// The step that this one is inside of.
    pub(in crate::workflow) fn container(&self, at: usize) -> Option<usize> {
        self.sequences.get(self.owner(at)?)?.parent
    }

    /// What a misspelt name keeps from being reached: one mistake is one problem.
    fn reached_if_well_spelt(&self) -> BTreeSet<usize> {
        let mut open = self.meant.clone();
        let mut reached = BTreeSet::new();
        while let Some(at) = open.pop() {
            if !self.is_reached(at) && reached.insert(at) {
                open.extend(self.names_in(at).into_iter().filter_map(|(id, _)| self.find(id)));
            }
        }
        reached
    }

    /// Whether what is inside the step is gone through many times.
    pub(super) fn has_passes(&self, at: usize) -> bool {
        self.steps.get(at).is_some_and(|step| passes(step).is_some())
    }

    fn id(&self, at: usize) -> &'a str {
        self.steps.get(at).map_or("", |step| step.id.as_str())
    }
}

fn branch_place(at: usize, branch: usize) -> String {
    format!("{}/branches/{branch}", place(at))
}
