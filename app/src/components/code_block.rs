//! A text that machines read: JSON, a command. It can be copied, and scrolls by keyboard.

use leptos::prelude::*;
use serde_json::Value;

use super::Copy;

use crate::erased::Erase as _;

/// Longest text that is shown, in characters; copying gives all of it.
const MAX_SHOWN: usize = 20_000;

/// JSON with line breaks and indentation.
#[must_use]
pub fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// The text in a frame.
#[component]
pub fn CodeBlock(
    /// The text.
    #[prop(into)]
    text: Signal<String>,
    /// What it is, for screen readers: "result".
    what: &'static str,
) -> impl IntoView {
    let shown = move || {
        text.with(|text| match text.char_indices().nth(MAX_SHOWN) {
            Some((end, _)) => format!("{}\n… (copy to see all)", text.get(..end).unwrap_or_default()),
            None => text.clone(),
        })
    };
    view! {
        <div class="code-block">
            <pre tabindex="0" role="group" aria-label=what><code>{shown}</code></pre>
            <Copy text=text what=what/>
        </div>
    }
    .erased()
}
