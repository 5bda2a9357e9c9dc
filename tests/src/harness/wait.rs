//! Waiting for what has to happen, without guessing how long it takes.

use std::time::{Duration, Instant};

/// Long enough for a busy machine; reached only by a test that fails.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(10);

/// The first value that `look` finds.
///
/// # Panics
/// When it finds none within [`PATIENCE`], naming what was waited for.
pub fn until<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    within(PATIENCE, what, look)
}

/// As [`until`], for what takes longer.
///
/// # Panics
/// When nothing is found within `patience`, naming what was waited for.
pub fn within<T>(patience: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < patience, "waited {patience:?} in vain: {what}");
        std::thread::sleep(LOOK);
    }
}
