//! A labelled input.

use leptos::prelude::*;

use crate::erased::Erase as _;

/// Label, input and, where it helps, a hint that belongs to the input.
#[component]
pub fn Field(
    /// Name in the form.
    name: &'static str,
    /// What a person reads.
    label: &'static str,
    /// The input's type.
    #[prop(default = "text")]
    kind: &'static str,
    /// What the browser may fill in.
    autocomplete: &'static str,
    /// What to know before typing.
    #[prop(optional)]
    hint: Option<&'static str>,
    /// Fewest characters; the server checks again.
    #[prop(optional)]
    min: Option<u32>,
    /// Whether the cursor starts here.
    #[prop(optional)]
    autofocus: bool,
) -> impl IntoView {
    let hint_id = format!("{name}-hint");
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <input
                id=name
                name=name
                type=kind
                required
                autofocus=autofocus
                minlength=min
                autocomplete=autocomplete
                spellcheck="false"
                aria-describedby=hint.map(|_| hint_id.clone())
            />
            {hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
        </div>
    }
    .erased()
}
