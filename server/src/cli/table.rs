//! Columns of text.

use std::fmt;

use super::terminal::plain;

/// Space between columns.
const GAP: &str = "  ";

/// Rows under headings.
#[derive(Debug)]
pub(super) struct Table {
    headings: &'static [&'static str],
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(headings: &'static [&'static str], rows: Vec<Vec<String>>) -> Self {
        let rows = rows.into_iter().map(|row| row.iter().map(|cell| plain(cell)).collect()).collect();
        Self { headings, rows }
    }

    fn widths(&self) -> Vec<usize> {
        let width = |column: usize, heading: &str| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).chain([heading.chars().count()]).max().unwrap_or(0)
        };
        self.headings.iter().enumerate().map(|(column, heading)| width(column, heading)).collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        let headings = self.headings.iter().map(|heading| (*heading).to_owned()).collect();
        for row in std::iter::once(&headings).chain(&self.rows) {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            writeln!(f, "{}", cells.collect::<Vec<String>>().join(GAP).trim_end())?;
        }
        Ok(())
    }
}

/// Names and values, one pair a line.
pub(super) fn pairs(pairs: &[(&str, String)]) -> String {
    let width = pairs.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let lines = pairs
        .iter()
        .map(|(name, value)| format!("{name:<width$}{GAP}{}", plain(value)).trim_end().to_owned());
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows =
            vec![vec!["magure".to_owned(), "Magüre".to_owned()], vec!["a\n".to_owned(), String::new()]];
        let table = Table::new(&["SLUG", "NAME"], rows).to_string();
        assert_eq!(table, "SLUG    NAME\nmagure  Magüre\na\n");
    }

    #[test]
    fn values_stand_in_one_column() {
        assert_eq!(pairs(&[("id", "1".to_owned()), ("name", "x".to_owned())]), "id    1\nname  x");
    }
}
