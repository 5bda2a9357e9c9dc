//! How large what goes through Temporal may be. What is larger would not be refused by the server in
//! a way that a run could answer to: its task would be tried again for ever.

use std::io::{self, Write};

use serde::Serialize;

/// Bytes of one payload; the server's own limit is 2 MiB.
pub(crate) const MOST_PAYLOAD: usize = 1_900_000;
/// Bytes of one event: with what lies around it, it has to fit into a payload.
pub(crate) const MOST_EVENT: usize = 1_700_000;
/// Bytes that one decision may send off; a message to the server has at most 4 MiB.
pub(crate) const MOST_AT_ONCE: usize = 3_000_000;
/// Activities that a run may have under way; the server takes no more than 2,000.
pub(crate) const MOST_CALLS: usize = 1_000;
/// Bytes that a run may send and receive in its whole life; a history has at most 50 MiB.
pub(crate) const MOST_IN_LIFE: usize = 40_000_000;
/// Entries of a history; the server ends a run at 51,200.
pub(crate) const MOST_ENTRIES: u32 = 45_000;
/// Bytes of copies that several activities may carry, so that each can begin at once.
pub(crate) const MOST_COPIES: usize = 256_000;

/// Bytes of `value` as JSON.
pub(crate) fn bytes<T: Serialize + ?Sized>(value: &T) -> usize {
    let mut counter = Counter(0);
    match serde_json::to_writer(&mut counter, value) {
        Ok(()) => counter.0,
        // What cannot be written fits nowhere.
        Err(_) => usize::MAX,
    }
}

struct Counter(usize);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn what_is_counted_is_what_is_written() {
        let value = serde_json::json!({"a": [1, "ü\u{1}"], "b": null});
        assert_eq!(bytes(&value), value.to_string().len());
    }
}
