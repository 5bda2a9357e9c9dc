//! The keys that do something, behind `?`.

use leptos::ev::KeyboardEvent;
use leptos::html::Dialog;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use crate::erased::Erase as _;

/// Whether a key belongs to what is focused: somebody is typing, or holds a modifier.
fn is_taken(event: &KeyboardEvent) -> bool {
    let element = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlElement>().ok());
    let typing = element.is_some_and(|element| {
        matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
            || element.is_content_editable()
    });
    typing || event.ctrl_key() || event.meta_key() || event.alt_key() || event.default_prevented()
}

/// Listens for the length of the surrounding component's life. Call it in an effect.
pub fn on_key(handle: impl Fn(&str) -> bool + 'static) {
    let listener = window_event_listener(leptos::ev::keydown, move |event| {
        if !is_taken(&event) && handle(&event.key()) {
            event.prevent_default();
        }
    });
    on_cleanup(move || listener.remove());
}

/// The dialog and the key that opens it.
#[component]
pub fn Shortcuts() -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move || {
        on_key(move |key| {
            let Some(dialog) = dialog.get_untracked().filter(|dialog| key == "?" && !dialog.open()) else {
                return false;
            };
            // Refused only for a dialog that is no longer in the page.
            dialog.show_modal().is_ok()
        });
    });
    let keys = [
        ("j", "Next row"),
        ("k", "Previous row"),
        ("Enter", "Open the row"),
        ("/", "Search"),
        ("?", "This list"),
        ("Esc", "Close"),
    ];
    view! {
        <dialog class="shortcuts" node_ref=dialog aria-labelledby="shortcuts-title">
            <form method="dialog">
                <h2 id="shortcuts-title">"Keyboard shortcuts"</h2>
                <dl>
                    {keys.map(|(key, does)| view! { <div><dt><kbd>{key}</kbd></dt><dd>{does}</dd></div> })}
                </dl>
                <button class="button">"Close"</button>
            </form>
        </dialog>
    }
    .erased()
}
