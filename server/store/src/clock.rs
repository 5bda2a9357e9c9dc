//! The time of day, for columns that only tell when a row was written. Whatever is decided by
//! time gets it as a value from the caller.

use std::time::SystemTime;

use magone_core::time::Timestamp;

/// Now.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
