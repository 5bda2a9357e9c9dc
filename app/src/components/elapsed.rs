//! A duration that ticks until it is over.

use leptos::prelude::*;
use magone_core::time::Timestamp;

use crate::clock::Clock;
use crate::wording::{duration, ticking};

/// From `since` to `until`, or to the present.
#[component]
pub fn Elapsed(
    /// When it began; nothing is shown before.
    #[prop(into)]
    since: Signal<Option<Timestamp>>,
    /// When it ended.
    #[prop(into)]
    until: Signal<Option<Timestamp>>,
) -> impl IntoView {
    let clock = Clock::get();
    let text = move || {
        let since = since.get()?;
        Some(match until.get() {
            Some(until) => duration(until.millis_since(since)),
            None => ticking(clock.now()?.millis_since(since)),
        })
    };
    view! { <span class="elapsed">{move || text().unwrap_or_else(|| "–".to_owned())}</span> }
}
