//! Nothing to show, and what to do about it.

use leptos::prelude::*;

use crate::erased::Erase as _;

/// A heading and whatever helps.
#[component]
pub fn Empty(
    /// What is not there.
    title: &'static str,
    /// What to do.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="empty">
            <h2>{title}</h2>
            {children()}
        </section>
    }
    .erased()
}
