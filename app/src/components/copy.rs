//! Copies a text on click.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;

use super::Icon;

use crate::erased::Erase as _;

/// A small button beside what it copies. Hidden until the page is hydrated: it needs script.
#[component]
pub fn Copy(
    /// What goes to the clipboard.
    #[prop(into)]
    text: Signal<String>,
    /// What it is, for screen readers: "execution id".
    what: &'static str,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let copy = move |_| {
        let text = text.get_untracked();
        spawn_local(async move {
            let written = JsFuture::from(window().navigator().clipboard().write_text(&text)).await;
            // The page may be gone by now, and the browser may have refused: then nothing is shown.
            if written.is_ok() && copied.try_set(true).is_none() {
                set_timeout(
                    move || {
                        copied.try_set(false);
                    },
                    Duration::from_millis(1_500),
                );
            }
        });
    };
    view! {
        <button type="button" class="copy" class:done=move || copied.get() on:click=copy title=format!("Copy {what}")>
            <Icon name=Signal::derive(move || if copied.get() { "check" } else { "copy" })/>
            <span class="sr-only" aria-live="polite">
                {move || if copied.get() { "Copied".to_owned() } else { format!("Copy {what}") }}
            </span>
        </button>
    }
    .erased()
}
