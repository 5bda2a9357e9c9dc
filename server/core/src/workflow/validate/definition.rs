//! What can be wrong with a definition.

use std::collections::BTreeSet;
use std::fmt;

use super::collections::Collections;
use super::names::{Templates, View};
use super::{order, range, step};
use crate::slug;
use crate::workflow::flow::{self, Certain, Graph, place};
use crate::workflow::{Definition, Problem, Step};

/// Steps of one definition.
pub const MAX_STEPS: usize = 10_000;

/// Steps that one step can be inside of.
pub const MAX_NESTING: usize = 64;

/// Bytes of all templates of one definition.
pub const MAX_TEMPLATE_BYTES: usize = 1 << 20;

/// What exists outside of the definition.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// Whether there is an agent of that id.
    pub agents: &'a dyn Fn(&str) -> bool,
    /// Whether there is a tool of that name.
    pub tools: &'a dyn Fn(&str) -> bool,
    /// The definitions that the one of that id runs as children; `None` where there is none of that
    /// id.
    pub workflows: &'a dyn Fn(&str) -> Option<BTreeSet<String>>,
    /// Which collections there are.
    pub collections: Collections<'a>,
}

impl Known<'static> {
    /// Every name is taken for right: whether what it names exists is checked elsewhere.
    pub const ANYTHING: Self = Self {
        agents: &|_| true,
        tools: &|_| true,
        workflows: &|_| Some(BTreeSet::new()),
        collections: Collections::Unknown,
    };
}

impl fmt::Debug for Known<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Known")
    }
}

/// Every problem of a definition, in the order of their places.
#[must_use]
pub fn definition(definition: &Definition, known: Known<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Err(rule) = slug::check(&definition.id) {
        problems.push(Problem::new("/id", rule));
    }
    range::limits(&mut problems, &definition.limits);
    let schemas =
        [("/input_schema", &definition.input_schema), ("/output_schema", &definition.output_schema)];
    for (place, schema) in schemas {
        if let Some(schema) = schema {
            step::compiles(&mut problems, place, schema);
        }
    }
    if !(1..=MAX_STEPS).contains(&definition.steps.len()) {
        // More of them are not looked into: that is what the bound is for.
        problems.push(Problem::new("/steps", format!("a definition has 1 to {MAX_STEPS} steps")));
    } else {
        steps(&mut problems, definition, known);
    }
    order::sort(&mut problems);
    problems
}

fn steps(problems: &mut Vec<Problem>, definition: &Definition, known: Known<'_>) {
    let mut linked = definition.clone();
    let origins = flow::link(&mut linked);
    let mut ids = BTreeSet::new();
    for (at, step) in definition.steps.iter().enumerate() {
        if !ids.insert(step.id.as_str()) {
            let detail = format!("there is another step `{}` before this one", step.id);
            problems.push(Problem::new(format!("{}/id", place(at)), detail));
        }
        step::check(problems, definition, known, &place(at), step);
    }
    let graph = Graph::new(&linked);
    problems.extend(graph.problems().iter().map(|problem| match origins.get(&problem.pointer) {
        Some(listed) => Problem::new(listed.clone(), problem.detail.clone()),
        None => problem.clone(),
    }));
    let deep = too_deep(definition, &graph);
    if !deep.is_empty() {
        // What is deeper still is not looked into: it would take long, and tell nothing new.
        problems.extend(deep);
        return;
    }
    let certain = Certain::new(&graph);
    let mut templates = Templates::new(problems);
    for (at, step) in definition.steps.iter().enumerate() {
        step::templates(&mut templates, View::Step(&graph, &certain, at), &place(at), step);
    }
    if let Some(output) = &definition.output {
        templates.value(View::End(&graph, &certain), "/output", output);
    }
    if templates.bytes > MAX_TEMPLATE_BYTES {
        let detail = format!("the templates have more than {MAX_TEMPLATE_BYTES} bytes together");
        problems.push(Problem::new("/steps", detail));
    }
}

/// The outermost of the steps that are inside of too many others.
fn too_deep(definition: &Definition, graph: &Graph<'_>) -> Vec<Problem> {
    let around = |at| std::iter::successors(graph.container(at), |at| graph.container(*at));
    let steps = definition.steps.iter().enumerate();
    let deep = steps.filter(|(at, _)| around(*at).take(MAX_NESTING + 2).count() == MAX_NESTING + 1);
    let told = |(at, step): (usize, &Step)| {
        let detail =
            format!("step `{}` is inside of more than {MAX_NESTING} others; nest less deep", step.id);
        Problem::new(place(at), detail)
    };
    deep.map(told).collect()
}
