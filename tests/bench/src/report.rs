//! What a benchmark found: a line for machines, a table for people.

use std::io::{self, Write as _};

use serde_json::{Value, json};

use crate::figure::Figures;
use crate::machine::Machine;

/// One benchmark's findings.
#[derive(Debug)]
pub struct Report {
    pub(crate) bench: &'static str,
    pub(crate) name: &'static str,
    pub(crate) figures: Figures,
    /// What stands beside it, as others published it.
    pub(crate) beside: &'static [&'static str],
}

impl Report {
    /// The median of a figure, if there is one of this name.
    #[must_use]
    pub fn median(&self, name: &str) -> Option<f64> {
        self.figures
            .iter()
            .find(|figure| figure.named(name))
            .map(crate::figure::Figure::median)
    }

    /// As JSON.
    pub(crate) fn json(&self, machine: &Machine, rounds: u32) -> Value {
        let mut json = json!({"bench": self.bench, "name": self.name, "rounds": rounds});
        if let (Some(members), Value::Object(facts)) = (json.as_object_mut(), machine.json()) {
            members.extend(facts);
            let figures = self.figures.iter().map(crate::figure::Figure::json).collect();
            members.insert("figures".to_owned(), Value::Array(figures));
        }
        json
    }

    /// As a table.
    pub(crate) fn table(&self, machine: &Machine, rounds: u32) -> String {
        let mut lines = vec![
            format!(
                "\n{} {}: {rounds} rounds, median and range",
                self.bench, self.name
            ),
            machine.line(),
        ];
        lines.extend(self.figures.iter().map(|figure| format!("  {}", figure.row())));
        lines.extend(
            self.beside
                .iter()
                .map(|line| format!("  beside it, published: {line}")),
        );
        lines.join("\n")
    }

    /// Prints both, each where it belongs.
    pub(crate) fn print(&self, machine: &Machine, rounds: u32) -> io::Result<()> {
        writeln!(io::stderr(), "{}", self.table(machine, rounds))?;
        writeln!(io::stdout(), "{}", self.json(machine, rounds))
    }
}
