//! Why a run stands where it stands, in one sentence.

use leptos::prelude::*;
use magone_core::time::Timestamp;

use crate::clock::Clock;
use crate::erased::Erase as _;
use crate::timeline::Reason;
use crate::wording::{exact, until};

/// The sentence, counting down where there is something to count.
#[component]
pub fn ReasonLine(
    /// The reason.
    #[prop(into)]
    reason: Signal<Option<Reason>>,
) -> impl IntoView {
    let clock = Clock::get();
    view! {
        <p class="reason">{move || reason.get().map(|reason| words(&reason, clock.now()))}</p>
    }
    .erased()
}

fn words(reason: &Reason, now: Option<Timestamp>) -> String {
    match reason {
        Reason::Retrying { step, retry } => match retry.not_before {
            Some(at) => format!("{step} is tried again {}, {}", point(at, now), retry.words()),
            None => format!("{step}, {}", retry.words()),
        },
        Reason::Asking { step, prompt } => format!("{step} waits for a decision: {prompt}"),
        Reason::Waiting { step, until: at } => format!("{step} waits, fires {}", point(*at, now)),
        Reason::Cancelling { reason: Some(reason) } => format!("Cancellation was asked for: {reason}"),
        Reason::Cancelling { reason: None } => "Cancellation was asked for".to_owned(),
        Reason::Failed { failure } => failure.error.clone(),
        Reason::Cancelled { reason: Some(reason) } => reason.clone(),
        Reason::Cancelled { reason: None } => String::new(),
    }
}

fn point(at: Timestamp, now: Option<Timestamp>) -> String {
    now.map_or_else(|| format!("at {}", exact(at)), |now| until(at, now))
}

#[cfg(test)]
mod tests {
    use magone_core::error::ErrorCode;
    use magone_core::execution::RetryReason;
    use magone_core::failure::Failure;
    use magone_core::path::StepPath;

    use super::*;
    use crate::timeline::Retry;

    #[test]
    fn a_retry_says_what_where_when_and_why() {
        let at = Timestamp::from_millis(1_769_851_812_000);
        let reason = Reason::Retrying {
            step: StepPath::root("llm"),
            retry: Retry {
                at,
                call: "turn.1".into(),
                attempt: 3,
                fallback: None,
                reason: RetryReason::Error,
                not_before: Some(at),
                failure: Some(Failure::new(ErrorCode::ProviderError, "The provider did not answer")),
            },
        };
        let now = Timestamp::from_millis(1_769_851_800_000);
        assert_eq!(
            words(&reason, Some(now)),
            "llm is tried again in 12 s, attempt 3: The provider did not answer"
        );
        assert!(words(&reason, None).contains("at 2026-01-31 09:30:12 UTC"));
    }
}
