//! What somebody may have meant.

use std::cell::Cell;

/// Longer names are not compared.
const MAX_CHARS: usize = 100;

/// Names that are looked for in one document; looking for more would take long and help nobody.
const MAX_LOOKUPS: u32 = 20;

/// Finds names that were misspelt.
#[derive(Debug)]
pub(super) struct Suggestions {
    left: Cell<u32>,
}

impl Suggestions {
    pub(super) fn new() -> Self {
        Self { left: Cell::new(MAX_LOOKUPS) }
    }

    /// The known name that is nearest to `name`, if any is near: one edit apart, or two where the
    /// name has six characters or more. Names of one or two characters are all near each other.
    pub(super) fn nearest<'a>(&self, name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
        self.left.set(self.left.get().checked_sub(1)?);
        let length = name.chars().count();
        if !(3..=MAX_CHARS).contains(&length) {
            return None;
        }
        let allowed = if length < 6 { 1 } else { 2 };
        known
            .filter(|other| other.chars().count().abs_diff(length) <= allowed)
            .map(|other| (edits(name, other), other))
            .filter(|(edits, _)| *edits <= allowed)
            .min()
            .map(|(_, other)| other)
    }
}

/// Characters to be inserted, taken out, replaced or swapped with their neighbour to get from one
/// name to the other (optimal string alignment distance).
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let (mut older, mut row): (Vec<usize>, Vec<usize>) = (Vec::new(), (0..=to.len()).collect());
    let mut last = None;
    for (i, a) in from.chars().enumerate() {
        let mut next = vec![i + 1];
        let mut left = None;
        for (j, b) in to.iter().copied().enumerate() {
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX / 2);
            let replaced = at(&row, j) + usize::from(a != b);
            let moved = at(&row, j + 1).min(at(&next, j)) + 1;
            let swapped = match j.checked_sub(1) {
                Some(before) if left == Some(a) && last == Some(b) => at(&older, before) + 1,
                _ => usize::MAX,
            };
            next.push(replaced.min(moved).min(swapped));
            left = Some(b);
        }
        last = Some(a);
        older = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (a, b, expected) in [
            ("", "", 0),
            ("", "ab", 2),
            ("next", "nxet", 1),
            ("step", "steps", 1),
            ("format", "fromat", 1),
            ("kitten", "sitting", 3),
            ("äb", "ab", 1),
        ] {
            assert_eq!((edits(a, b), edits(b, a)), (expected, expected), "{a} {b}");
        }
    }

    #[test]
    fn only_near_names_are_suggested() {
        let known = ["fetch", "format", "for", "analyze"];
        let nearest = |name| Suggestions::new().nearest(name, known.into_iter());
        assert_eq!(nearest("fromat"), Some("format"));
        assert_eq!(nearest("frm"), None);
        assert_eq!(nearest("fro"), Some("for"));
        assert_eq!(nearest("fo"), None);
        assert_eq!(nearest("analyse"), Some("analyze"));
        assert_eq!(nearest("nowhere"), None);
        assert_eq!(nearest("fix"), None);
        assert_eq!(nearest(""), None);
    }
}
