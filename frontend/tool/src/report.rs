//! What the person at the terminal reads. On stderr: stdout belongs to whoever called us.

use std::io::Write as _;

/// One line of talk.
pub fn say(line: &str) {
    // Nobody is left to tell when stderr is closed.
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Bytes as a person reads them: `812 B`, `45.1 kB`, `1.80 MB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{}.{} kB", bytes / 1_000, bytes % 1_000 / 100),
        _ => format!("{}.{:02} MB", bytes / 1_000_000, bytes % 1_000_000 / 10_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        assert_eq!(size(0), "0 B");
        assert_eq!(size(999), "999 B");
        assert_eq!(size(45_149), "45.1 kB");
        assert_eq!(size(1_801_391), "1.80 MB");
    }
}
