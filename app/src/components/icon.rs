//! Icons: one sprite in the page, referred to by name.

use leptos::prelude::*;

use crate::erased::Erase as _;

/// The sprite; once a page, before anything that refers to it.
#[component]
pub fn Sprite() -> impl IntoView {
    view! { <svg class="sprite" aria-hidden="true" inner_html=include_str!("../../../style/icons.svg")></svg> }
}

/// One icon. It only repeats what words beside it say, so it is hidden from screen readers.
#[component]
pub fn Icon(
    /// Its name in the sprite.
    #[prop(into)]
    name: Signal<&'static str>,
) -> impl IntoView {
    view! {
        <svg class="icon" aria-hidden="true">
            <use href=move || format!("#i-{}", name.get())></use>
        </svg>
    }
    .erased()
}
