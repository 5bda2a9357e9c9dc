//! The names that templates use.

use serde_json::{Map, Value};

use crate::workflow::flow::{Certain, Graph};
use crate::workflow::template::{self, Names, TemplateError};
use crate::workflow::{Problem, StepKind, pointer};

/// The first parts of all names.
const ROOTS: [&str; 5] = ["input", "context", "config", "steps", "session"];

/// The number of the pass, inside a `map` or a `loop`.
const INDEX: &str = "index";

/// From where in the flow a template sees the run.
#[derive(Clone, Copy)]
pub(super) enum View<'a> {
    /// As a step begins.
    Step(&'a Graph<'a>, &'a Certain, usize),
    /// As a round of this `loop` is about to begin.
    Round(&'a Graph<'a>, &'a Certain, usize),
    /// As the run ends.
    End(&'a Graph<'a>, &'a Certain),
    /// From an agent, which knows of no steps.
    Agent,
}

impl View<'_> {
    /// The same, as a round of the step is about to begin.
    pub(super) fn before_a_round(self) -> Self {
        match self {
            View::Step(graph, certain, at) => View::Round(graph, certain, at),
            other => other,
        }
    }

    /// Whether the passes around offer this name.
    fn is_local(self, name: &str) -> bool {
        let (graph, at) = match self {
            View::Step(graph, _, at) => (graph, at),
            View::Round(graph, _, at) if name != INDEX => (graph, at),
            View::Round(..) => return true,
            View::End(..) | View::Agent => return false,
        };
        let around = std::iter::successors(graph.container(at), |at| graph.container(*at));
        around.filter_map(|at| graph.kind(at)).any(|kind| match kind {
            StepKind::Map { item, .. } => name == INDEX || name == item,
            StepKind::Loop { .. } => name == INDEX,
            _ => false,
        })
    }
}

/// Whether a name means something in every template.
pub(super) fn is_taken(name: &str) -> bool {
    ROOTS.contains(&name) || name == INDEX || template::is_function(name)
}

/// Checks templates and counts their bytes.
pub(super) struct Templates<'p> {
    problems: &'p mut Vec<Problem>,
    /// Bytes of all templates so far.
    pub bytes: usize,
}

impl<'p> Templates<'p> {
    pub(super) fn new(problems: &'p mut Vec<Problem>) -> Self {
        Self { problems, bytes: 0 }
    }

    /// Checks a template.
    pub(super) fn text(&mut self, view: View<'_>, place: &str, source: &str) {
        if template::is_template(source) {
            self.bytes = self.bytes.saturating_add(source.len());
            self.judge(view, place, template::check(source));
        }
    }

    /// Checks a condition.
    pub(super) fn condition(&mut self, view: View<'_>, place: &str, source: &str) {
        self.bytes = self.bytes.saturating_add(source.len());
        self.judge(view, place, template::check_expression(source));
    }

    /// Checks every string inside a value. Does not recurse.
    pub(super) fn value(&mut self, view: View<'_>, place: &str, value: &Value) {
        let mut open = vec![(place.to_owned(), value)];
        let mut count = 0_usize;
        while let Some((place, value)) = open.pop() {
            match value {
                Value::String(source) => {
                    count += usize::from(template::is_template(source));
                    self.text(view, &place, source);
                }
                Value::Array(items) => {
                    open.extend(items.iter().enumerate().map(|(at, v)| (pointer::item(&place, at), v)));
                }
                Value::Object(members) => {
                    open.extend(members.iter().map(|(key, v)| (pointer::member(&place, key), v)));
                }
                _ => {}
            }
        }
        if count > template::MAX_TEMPLATES {
            let detail = format!("it has {count} templates in it; {} are the most", template::MAX_TEMPLATES);
            self.problems.push(Problem::new(place, detail));
        }
    }

    /// Checks every string inside the members of an object.
    pub(super) fn members(&mut self, view: View<'_>, place: &str, members: &Map<String, Value>) {
        for (key, value) in members {
            self.value(view, &pointer::member(place, key), value);
        }
    }

    fn judge(&mut self, view: View<'_>, place: &str, names: Result<Names, TemplateError>) {
        match names {
            Err(error) => self.problems.push(Problem::new(place, format!("the template is wrong: {error}"))),
            Ok(names) => {
                let wrong = names.iter().filter_map(|name| check(view, name));
                self.problems.extend(wrong.map(|detail| Problem::new(place, detail)));
            }
        }
    }
}

/// What is wrong with a name, if anything.
fn check(view: View<'_>, name: &str) -> Option<String> {
    let mut parts = name.split('.');
    let root = parts.next().unwrap_or_default();
    if view.is_local(root) {
        return None;
    }
    if !ROOTS.contains(&root) {
        return Some(format!("there is no name `{root}`; known are {}", known(view)));
    }
    if root != "steps" {
        return None;
    }
    if matches!(view, View::Agent) {
        return Some(format!("an agent sees no steps; known are {}", known(view)));
    }
    match (parts.next(), parts.next()) {
        (Some(id), Some("output" | "status")) => step(view, id),
        _ => Some("of steps there are `steps.<id>.output` and `steps.<id>.status`".to_owned()),
    }
}

fn known(view: View<'_>) -> String {
    let roots = ROOTS.into_iter().filter(|root| *root != "steps" || !matches!(view, View::Agent));
    roots.collect::<Vec<_>>().join(", ")
}

fn step(view: View<'_>, id: &str) -> Option<String> {
    let (View::Step(graph, certain, _) | View::Round(graph, certain, _) | View::End(graph, certain)) = view
    else {
        return None;
    };
    let Some(other) = graph.find(id) else {
        return Some(format!("there is no step `{id}`"));
    };
    match view {
        // What is never reached is reported for that alone.
        View::Step(_, _, here) | View::Round(_, _, here) if !graph.is_reached(here) => None,
        View::Step(_, _, here) | View::Round(_, _, here) if here == other => {
            Some(format!("step `{id}` cannot see itself"))
        }
        View::Step(_, _, here) | View::Round(_, _, here) if certain.before(here, other) => None,
        // What the round before came to; null where it did not come to that step.
        View::Round(_, _, here) if graph.container(other) == Some(here) => None,
        View::End(..) if certain.at_end(other) => None,
        View::End(..) => Some(format!("step `{id}` has not ended on every way to the end")),
        _ => Some(format!("step `{id}` has not ended on every way to this step")),
    }
}
