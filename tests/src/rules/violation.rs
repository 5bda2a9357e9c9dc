//! What a rule found, and how to mend it.

use std::fmt;

/// One place that breaks a rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Violation {
    /// Path from the root of the tree, with the line where there is one.
    pub place: String,
    /// What is wrong there.
    pub what: String,
    /// What to do about it.
    pub mend: &'static str,
}

impl Violation {
    /// A violation in a file as a whole.
    pub(super) fn new(place: impl fmt::Display, what: impl Into<String>, mend: &'static str) -> Self {
        Self { place: place.to_string(), what: what.into(), mend }
    }

    /// A violation in a line, counted from 1.
    pub(super) fn at(path: &str, line: usize, what: impl Into<String>, mend: &'static str) -> Self {
        Self::new(format_args!("{path}:{line}"), what, mend)
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n      -> {}", self.place, self.what, self.mend)
    }
}

/// Fails with everything that was found.
#[track_caller]
pub(super) fn none(rule: &str, mut found: Vec<Violation>) {
    found.sort();
    let list: String = found.iter().map(|violation| format!("\n  {violation}")).collect();
    assert!(found.is_empty(), "{rule}: broken in {} places{list}", found.len());
}
