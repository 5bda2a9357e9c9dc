//! Whether what is shown follows what happens.

use leptos::prelude::*;

use crate::erased::Erase as _;
use crate::live::{Indicator, Liveness};

/// A dot and a word; nothing on pages without a stream.
#[component]
pub fn LiveIndicator() -> impl IntoView {
    let indicator = Indicator::get();
    let shown = move || match indicator.liveness() {
        Liveness::Off => None,
        Liveness::Connecting => Some(("idle", "Connecting")),
        Liveness::Live => Some(("good", "Live")),
        Liveness::Reconnecting => Some(("bad", "Reconnecting")),
        Liveness::Paused => Some(("idle", "Paused")),
    };
    view! {
        <span class="stream-state" role="status">
            {move || shown().map(|(class, word)| view! {
                <span class=class><span class="stream-dot"></span>{word}</span>
            })}
        </span>
    }
    .erased()
}
