//! Why a form was refused.

use leptos::prelude::*;

use super::Icon;
use crate::erased::Erase as _;
use crate::wire::ConsoleError;

/// One sentence above the form's button; read out when it appears. The region is there from the
/// start, since screen readers only announce changes of regions that they know.
#[component]
pub fn FormError(
    /// What the server said.
    #[prop(into)]
    error: Signal<Option<ConsoleError>>,
) -> impl IntoView {
    view! {
        <div class="form-error" role="alert">
            {move || error.get().map(|error| view! { <p><Icon name="failed"/>{error.detail}</p> })}
        </div>
    }
    .erased()
}
