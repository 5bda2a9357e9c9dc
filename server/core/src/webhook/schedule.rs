//! What an attempt comes to, and when the next one is.

use crate::time::Timestamp;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// Pauses before each attempt, counted from the one before.
const PAUSES_MS: [u64; 10] =
    [0, 5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];
/// Attempts before a delivery is a dead letter.
pub const ATTEMPTS: u32 = 10;
/// How long an endpoint may fail without a success in between, in milliseconds: five days.
pub const PATIENCE_MS: u64 = 5 * 24 * HOUR;
/// A receiver may ask to be left alone for this long.
const LONGEST_WAIT_MS: u64 = 24 * HOUR;
/// A pause grows by up to this part of itself, so that what failed together does not come back
/// together.
const JITTER_PERCENT: u64 = 20;
const GONE: u16 = 410;

/// What an attempt came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver answered.
    Answered {
        /// With this status.
        status: u16,
        /// Milliseconds that `Retry-After` asks to wait.
        retry_after_ms: Option<u64>,
    },
    /// There was no answer.
    Broken,
}

/// What is done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The receiver has it.
    Delivered,
    /// It is tried again then.
    Again(Timestamp),
    /// It is a dead letter: nobody tries again by himself.
    Dead,
    /// The receiver wants nothing more (410): a dead letter, and its endpoint is switched off.
    Gone,
}

/// Judges an attempt. `tried` counts the attempts of this round, this one included; `random` is any
/// number.
#[must_use]
pub fn judge(outcome: Outcome, tried: u32, now: Timestamp, random: u64) -> Verdict {
    let wish = match outcome {
        Outcome::Answered { status: 200..=299, .. } => return Verdict::Delivered,
        Outcome::Answered { status: GONE, .. } => return Verdict::Gone,
        Outcome::Answered { retry_after_ms, .. } => retry_after_ms.unwrap_or_default(),
        Outcome::Broken => 0,
    };
    let pause = usize::try_from(tried).ok().and_then(|tried| PAUSES_MS.get(tried)).copied();
    let Some(pause) = pause else { return Verdict::Dead };
    let jitter = (pause * JITTER_PERCENT / 100).checked_add(1).map_or(0, |most| random % most);
    Verdict::Again(now.plus_millis((pause + jitter).max(wish.min(LONGEST_WAIT_MS))))
}

/// Whether an endpoint that has failed since then is switched off.
#[must_use]
pub fn is_hopeless(failing_since: Timestamp, now: Timestamp) -> bool {
    now.millis_since(failing_since) >= PATIENCE_MS
}
