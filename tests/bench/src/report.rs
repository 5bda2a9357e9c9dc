//! What a benchmark found: a line for machines, a table for people.

use serde_json::{Value, json};

use crate::figure::{Figure, Figures};
use crate::machine::Machine;

/// What a benchmark is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About {
    pub bench: &'static str,
    pub name: &'static str,
    /// What stands beside it, as others published it.
    pub beside: &'static [&'static str],
}

/// One benchmark's findings.
#[derive(Debug)]
pub struct Report {
    pub(crate) about: About,
    pub(crate) machine: Machine,
    pub(crate) rounds: u32,
    pub(crate) figures: Figures,
}

impl Report {
    /// The median of a figure, if there is one of this name.
    #[must_use]
    pub fn median(&self, name: &str) -> Option<f64> {
        self.figures.iter().find(|figure| figure.named(name)).map(Figure::median)
    }

    /// As JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let About { bench, name, .. } = self.about;
        let figures: Vec<_> = self.figures.iter().map(Figure::json).collect();
        let mut json = json!({"bench": bench, "name": name, "rounds": self.rounds, "figures": figures});
        if let (Some(members), Value::Object(facts)) = (json.as_object_mut(), self.machine.json()) {
            members.extend(facts);
        }
        json
    }

    /// As a table.
    #[must_use]
    pub fn table(&self) -> String {
        let About { bench, name, beside } = self.about;
        let mut lines =
            vec![format!("\n{bench} {name}: {} rounds, median and range", self.rounds), self.machine.line()];
        lines.extend(self.figures.iter().map(|figure| format!("  {}", figure.row())));
        lines.extend(beside.iter().map(|line| format!("  beside it, published: {line}")));
        lines.join("\n")
    }
}
