//! Whether somebody reads the table right now: then new rows must not push it down.

use leptos::prelude::*;
use magone_core::time::Timestamp;

use crate::clock::read;

/// A pointer that has not moved for so long only happens to be there, in milliseconds.
const STILL: u64 = 4_000;

/// When the pointer last moved over the table.
#[derive(Clone, Copy, Debug)]
pub struct Attention(StoredValue<Option<Timestamp>>);

impl Attention {
    /// Nobody has looked yet.
    #[must_use]
    pub fn new() -> Self {
        Self(StoredValue::new(None))
    }

    /// The pointer moved over the table.
    pub fn pointer_moved(self) {
        self.0.set_value(Some(read()));
    }

    /// The pointer moves over the table, the keyboard is in it, or the page was scrolled.
    #[must_use]
    pub fn is_held(self) -> bool {
        let moved = self.0.try_get_value().flatten().is_some_and(|moved| read().millis_since(moved) < STILL);
        let focused = document().query_selector("#runs:focus-within").is_ok_and(|found| found.is_some());
        moved || focused || window().scroll_y().is_ok_and(|y| y > 0.0)
    }
}
