//! A run's or a step's state: an icon and a word, never a colour alone.

use leptos::prelude::*;
use magone_core::error::ErrorCode;
use magone_core::execution::RunState;
use magone_core::failure::FailureCode;

use super::Icon;
use crate::erased::Erase as _;
use crate::timeline::Phase;

/// What a state looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tone {
    /// The class that gives the colour.
    pub class: &'static str,
    /// The icon.
    pub icon: &'static str,
    /// The word.
    pub word: &'static str,
}

const fn tone(class: &'static str, icon: &'static str, word: &'static str) -> Tone {
    Tone { class, icon, word }
}

/// What the state of a run looks like.
#[must_use]
pub fn state_tone(state: RunState) -> Tone {
    match state {
        RunState::Queued => tone("idle", "queued", "Queued"),
        RunState::Running => tone("live", "running", "Running"),
        RunState::WaitingApproval => tone("wait", "approval", "Waiting for approval"),
        RunState::WaitingTimer => tone("wait", "waiting", "Waiting"),
        RunState::Cancelling => tone("wait", "cancelled", "Cancelling"),
        RunState::Completed => tone("good", "completed", "Completed"),
        RunState::Cancelled => tone("idle", "cancelled", "Cancelled"),
        RunState::TimedOut => tone("bad", "timed-out", "Timed out"),
        RunState::BudgetExceeded => tone("bad", "failed", "Over budget"),
        RunState::Failed => tone("bad", "failed", "Failed"),
    }
}

/// The word for the state of a run.
#[must_use]
pub fn state_word(state: RunState) -> &'static str {
    state_tone(state).word
}

impl From<&Phase> for Tone {
    fn from(phase: &Phase) -> Self {
        match phase {
            Phase::Running => tone("live", "running", "Running"),
            Phase::Retrying => tone("wait", "retrying", "Retrying"),
            Phase::Waiting { .. } => tone("wait", "waiting", "Waiting"),
            Phase::Asking { .. } => tone("wait", "approval", "Waiting for approval"),
            Phase::Completed => tone("good", "completed", "Completed"),
            Phase::Failed { handled: true, .. } => tone("idle", "failed", "Failed, handled"),
            Phase::Failed { .. } => tone("bad", "failed", "Failed"),
            Phase::Stopped => tone("idle", "cancelled", "Stopped"),
        }
    }
}

/// Whether a code tells more than the word for its state.
fn says_more(code: &FailureCode) -> bool {
    ![ErrorCode::Cancelled, ErrorCode::TimedOut, ErrorCode::BudgetExceeded].iter().any(|plain| code == plain)
}

/// Icon, word and, where there is one, the code of the failure.
#[component]
pub fn StatusBadge(
    /// What it looks like.
    #[prop(into)]
    tone: Signal<Tone>,
    /// Why it failed.
    #[prop(into, optional)]
    code: Signal<Option<FailureCode>>,
) -> impl IntoView {
    view! {
        <span class=move || format!("status {}", tone.get().class)>
            <span class="status-main">
                <Icon name=Signal::derive(move || tone.get().icon)/>
                <span class="status-word">{move || tone.get().word}</span>
            </span>
            {move || {
                code.get()
                    .filter(says_more)
                    .map(|code| view! { <code class="status-code">{code.to_string()}</code> })
            }}
        </span>
    }
    .erased()
}
