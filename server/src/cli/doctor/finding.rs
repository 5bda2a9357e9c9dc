//! What was found out about one thing.

use serde::Serialize;

use crate::cli::terminal::{Paint, plain};

/// Width of the column with the things' names.
const NAME_WIDTH: usize = 15;

/// One thing and how it is.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    /// What was looked at.
    pub check: &'static str,
    /// Whether it is in order.
    pub ok: bool,
    /// How it is, and where it is not in order, how to mend it.
    pub detail: String,
}

impl Finding {
    pub fn ok(check: &'static str, detail: impl Into<String>) -> Self {
        Self { check, ok: true, detail: detail.into() }
    }

    pub fn problem(check: &'static str, detail: impl Into<String>) -> Self {
        Self { check, ok: false, detail: detail.into() }
    }

    /// One line.
    pub fn line(&self, paint: Paint) -> String {
        let word = if self.ok { paint.good("OK     ") } else { paint.bad("PROBLEM") };
        format!("{word}  {:<NAME_WIDTH$}  {}", self.check, plain(&self.detail))
    }
}
