//! Named places where a test can let the process die, as `kill -9` would: one on every boundary
//! between deciding, committing and acting. In release builds there are none.

use std::sync::atomic::{AtomicU32, Ordering};

/// A place where a test can let the process die.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// The run is decided, its row is not written.
    BeforeFirstCommit,
    /// The row is on disk, nothing was begun, nobody was told.
    AfterFirstCommit,
    /// An activity is due, and not begun.
    BeforeActivity,
    /// An activity came back, nothing is decided.
    AfterActivity,
    /// Events are decided, not written.
    BeforeCommit,
    /// Events are on disk, nobody was told.
    AfterCommit,
    /// The last events are decided, not written.
    BeforeLastCommit,
    /// The last events are on disk, nobody was told.
    AfterLastCommit,
    /// A run was found at start, and nothing of it is decided.
    BeforeRecovery,
}

impl Point {
    /// Every place. A test dies at each of them.
    pub const ALL: [Self; 9] = [
        Self::BeforeFirstCommit,
        Self::AfterFirstCommit,
        Self::BeforeActivity,
        Self::AfterActivity,
        Self::BeforeCommit,
        Self::AfterCommit,
        Self::BeforeLastCommit,
        Self::AfterLastCommit,
        Self::BeforeRecovery,
    ];

    /// The name used in `MAGONE_BREAKPOINT`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BeforeFirstCommit => "before-first-commit",
            Self::AfterFirstCommit => "after-first-commit",
            Self::BeforeActivity => "before-activity",
            Self::AfterActivity => "after-activity",
            Self::BeforeCommit => "before-commit",
            Self::AfterCommit => "after-commit",
            Self::BeforeLastCommit => "before-last-commit",
            Self::AfterLastCommit => "after-last-commit",
            Self::BeforeRecovery => "before-recovery",
        }
    }
}

/// Where the process dies, if anywhere.
#[derive(Debug, Default)]
pub struct Breakpoints {
    armed: Option<(Point, AtomicU32)>,
}

impl Breakpoints {
    /// From `<name>` or `<name>:<n>`: die at the n-th time (from 1) that the place is reached.
    ///
    /// # Errors
    /// One sentence, when the text names no place, or in a release build.
    pub fn parse(text: &str) -> Result<Self, String> {
        if !cfg!(debug_assertions) {
            return Err("breakpoints are for tests and do not exist in release builds".to_owned());
        }
        let (name, nth) = text.split_once(':').unwrap_or((text, "1"));
        let point = Point::ALL.into_iter().find(|point| point.name() == name);
        let nth = nth.parse().ok().filter(|nth| *nth > 0);
        match (point, nth) {
            (Some(point), Some(nth)) => Ok(Self { armed: Some((point, AtomicU32::new(nth))) }),
            _ => Err(format!("'{text}' is no breakpoint; write for example after-commit:2")),
        }
    }

    /// Dies here, when this is the place and the time.
    pub(crate) fn reach(&self, point: Point) {
        if !cfg!(debug_assertions) {
            return;
        }
        if let Some((armed, left)) = &self.armed
            && *armed == point
            && left.fetch_sub(1, Ordering::SeqCst) == 1
        {
            // No destructor, no flush: what is on disk now is all that there is.
            std::process::abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_parse() {
        for point in Point::ALL {
            let parsed = Breakpoints::parse(&format!("{}:3", point.name())).unwrap();
            assert_eq!(parsed.armed.unwrap().0, point);
        }
        for wrong in ["", "nowhere", "after-commit:0", "after-commit:x"] {
            assert!(Breakpoints::parse(wrong).is_err(), "{wrong}");
        }
    }
}
