//! One measured thing over all rounds.

use serde_json::{Value, json};

/// What a figure has to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Mark {
    /// Nothing is asked of it.
    None,
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
}

impl Mark {
    fn holds(self, value: f64) -> Option<bool> {
        match self {
            Self::None => None,
            Self::AtMost(most) => Some(value <= most),
            Self::AtLeast(least) => Some(value >= least),
        }
    }
}

/// A figure, with a value for each round.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    name: String,
    unit: &'static str,
    mark: Mark,
    values: Vec<f64>,
}

impl Figure {
    pub(crate) fn named(&self, name: &str) -> bool {
        self.name == name
    }

    /// The middle one, or the mean of the middle two.
    pub(crate) fn median(&self) -> f64 {
        let sorted = self.sorted();
        let (low, high) = (sorted.len().saturating_sub(1) / 2, sorted.len() / 2);
        let at = |place: usize| sorted.get(place).copied().unwrap_or_default();
        f64::midpoint(at(low), at(high))
    }

    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.values.clone();
        sorted.sort_by(f64::total_cmp);
        sorted
    }

    fn range(&self) -> (f64, f64) {
        let sorted = self.sorted();
        (sorted.first().copied().unwrap_or_default(), sorted.last().copied().unwrap_or_default())
    }

    pub(crate) fn json(&self) -> Value {
        let (least, most) = self.range();
        json!({
            "name": self.name,
            "unit": self.unit,
            "median": rounded(self.median()),
            "min": rounded(least),
            "max": rounded(most),
            "holds": self.mark.holds(self.median()),
        })
    }

    /// A row of the table.
    pub(crate) fn row(&self) -> String {
        let (least, most) = self.range();
        let mark = match (self.mark, self.mark.holds(self.median())) {
            (Mark::AtMost(most), Some(holds)) => format!("<= {most} {}", word(holds)),
            (Mark::AtLeast(least), Some(holds)) => format!(">= {least} {}", word(holds)),
            _ => String::new(),
        };
        let range = format!("{} .. {}", shown(least), shown(most));
        let row =
            format!("{:<38} {:>10} {:<7} {range:<20} {mark}", self.name, shown(self.median()), self.unit);
        row.trim_end().to_owned()
    }
}

/// Figures in the order in which they were first noted.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    all: Vec<Figure>,
}

impl Figures {
    /// Notes one round's value.
    pub(crate) fn note(&mut self, name: impl Into<String>, unit: &'static str, value: f64, mark: Mark) {
        let name = name.into();
        match self.all.iter_mut().find(|figure| figure.named(&name)) {
            Some(figure) => figure.values.push(value),
            None => self.all.push(Figure { name, unit, mark, values: vec![value] }),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Figure> {
        self.all.iter()
    }
}

fn word(holds: bool) -> &'static str {
    if holds { "ok" } else { "MISSED" }
}

fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

fn shown(value: f64) -> String {
    if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.3}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_its_median_and_range() {
        let mut figures = Figures::default();
        for value in [3.0, 1.0, 2.0, 10.0] {
            figures.note("wait", "ms", value, Mark::AtMost(2.0));
        }
        let figure = figures.iter().next().unwrap();
        assert_eq!(
            figure.json(),
            json!({"name": "wait", "unit": "ms", "median": 2.5, "min": 1.0, "max": 10.0, "holds": false})
        );
        assert!(figure.row().ends_with("<= 2 MISSED"), "{}", figure.row());
        assert_eq!(Mark::AtLeast(3.0).holds(3.0), Some(true));
    }
}
