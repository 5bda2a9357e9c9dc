//! A point in time: relative, with the exact one on hover and focus.

use leptos::prelude::*;
use magone_core::time::Timestamp;

use crate::clock::Clock;
use crate::erased::Erase as _;
use crate::wording::{ago, exact};

/// A time. The server, and the page before it is hydrated, show the exact one.
#[component]
pub fn When(
    /// The time.
    at: Timestamp,
    /// Whether it can be focused by itself; in a table its row's link is focused instead.
    #[prop(optional)]
    focusable: bool,
) -> impl IntoView {
    let clock = Clock::get();
    view! {
        <time class="when" datetime=at.to_string() tabindex=focusable.then_some("0")>
            <span class="when-shown">
                {move || clock.now().map_or_else(|| exact(at), |now| ago(at, now))}
            </span>
            <span class="when-exact">{exact(at)}</span>
        </time>
    }
    .erased()
}
