//! When a failed activity is tried again: attempts, pauses, fallback models.

use super::state::OpenCall;
use crate::activity::{ActivityError, RetryClass};
use crate::error::ErrorCode;
use crate::failure::FailureCode;
use crate::time::Timestamp;
use crate::workflow::Retry;

/// A provider that asks for a longer pause than this is not waited for: one hour.
const LONGEST_PAUSE_MS: u64 = 3_600_000;

/// What follows a failed attempt.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Another attempt, not before this time.
    Again(Timestamp),
    /// The activity failed for good.
    Stop,
}

/// Judges a failed attempt.
pub(super) fn judge(policy: &Retry, call: &OpenCall, error: &ActivityError, now: Timestamp) -> Verdict {
    if call.attempt >= policy.max_attempts {
        return Verdict::Stop;
    }
    let pause = pause_ms(policy, call.attempt);
    match error.retry {
        RetryClass::Never => Verdict::Stop,
        RetryClass::After(asked) if asked > LONGEST_PAUSE_MS => Verdict::Stop,
        RetryClass::After(asked) => Verdict::Again(now.plus_millis(pause.max(asked))),
        RetryClass::Backoff => Verdict::Again(now.plus_millis(pause)),
    }
}

/// Whether a fallback model may do better after this failure.
pub(super) fn calls_for_fallback(code: &FailureCode) -> bool {
    matches!(
        code,
        FailureCode::Known(
            ErrorCode::ProviderAuth
                | ErrorCode::ProviderError
                | ErrorCode::ProviderRateLimited
                | ErrorCode::StepTimeout
        )
    )
}

/// The pause after the failed attempt number `attempt`, in milliseconds.
///
/// Multiplied step by step: unlike a power, a product is the same number on every machine.
#[allow(clippy::as_conversions, clippy::cast_precision_loss, reason = "intervals are far below 2^53")]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped on the same line")]
fn pause_ms(policy: &Retry, attempt: u32) -> u64 {
    let longest = policy.max_interval_ms as f64;
    let mut pause = policy.initial_interval_ms as f64;
    for _ in 1..attempt {
        let longer = pause * policy.backoff;
        // At its cap, or a policy that does not grow.
        if pause >= longest || longer <= pause {
            break;
        }
        pause = longer;
    }
    pause.clamp(0.0, longest) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Failure;

    fn error(retry: RetryClass) -> ActivityError {
        ActivityError { failure: Failure::new(ErrorCode::ProviderError, "no"), retry }
    }

    #[test]
    fn pauses_grow_to_their_cap() {
        let policy =
            Retry { max_attempts: 9, initial_interval_ms: 100, backoff: 3.0, max_interval_ms: 1_000 };
        assert_eq!([1, 2, 3, 4].map(|attempt| pause_ms(&policy, attempt)), [100, 300, 900, 1_000]);
        assert_eq!(pause_ms(&policy, u32::MAX), 1_000);
    }

    #[test]
    fn the_longer_of_both_pauses_counts_and_attempts_end() {
        let now = Timestamp::from_millis(1_000);
        let policy = Retry { max_attempts: 2, ..Retry::default() };
        let call = OpenCall::first();
        assert_eq!(
            judge(&policy, &call, &error(RetryClass::After(9_000)), now),
            Verdict::Again(now.plus_millis(9_000))
        );
        assert_eq!(
            judge(&policy, &call, &error(RetryClass::Backoff), now),
            Verdict::Again(now.plus_millis(500))
        );
        assert_eq!(judge(&policy, &call, &error(RetryClass::Never), now), Verdict::Stop);
        assert_eq!(judge(&policy, &call, &error(RetryClass::After(86_400_000)), now), Verdict::Stop);
        let second = OpenCall { attempt: 2, ..OpenCall::first() };
        assert_eq!(judge(&policy, &second, &error(RetryClass::Backoff), now), Verdict::Stop);
    }
}
