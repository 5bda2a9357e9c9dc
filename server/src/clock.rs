//! Time, ids and randomness: the only place that reads them.

use magone_core::time::Timestamp;
use magone_service::Clock;
use std::sync::LazyLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use uuid::Uuid;

/// The wall clock, in milliseconds.
#[must_use]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Milliseconds since this process first asked, by a clock that nobody sets: for what is measured, not
/// dated.
#[must_use]
pub fn steady() -> u64 {
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(BEGAN.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// The bits of a fresh UUIDv7 (RFC 9562), ascending within this process.
#[must_use]
pub fn mint() -> u128 {
    Uuid::now_v7().as_u128()
}

/// 32 bytes from the operating system. Without them nothing that is secret can be made: the process
/// ends rather than go on with guessable ones.
#[must_use]
pub fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    if let Err(error) = getrandom::fill(&mut bytes) {
        tracing::error!(%error, "the operating system gives no random bytes");
        std::process::abort();
    }
    bytes
}

/// All three.
#[must_use]
pub fn clock() -> Clock {
    Clock { now, mint, random }
}
