//! What stands where rows will be.

use leptos::prelude::*;

use crate::erased::Erase as _;

/// Grey lines while something loads; said once to a screen reader.
#[component]
pub fn Skeleton(
    /// How many lines.
    #[prop(default = 6)]
    lines: u8,
) -> impl IntoView {
    view! {
        <div class="skeleton" role="status">
            <span class="sr-only">"Loading"</span>
            {(0..lines).map(|_| view! { <span class="skeleton-line"></span> }).collect_view()}
        </div>
    }
    .erased()
}
