//! Something that could not be loaded.

use leptos::prelude::*;

use super::Icon;
use crate::erased::Erase as _;
use crate::session::Session;
use crate::wire::ConsoleError;

/// The sentence, its code, the request's id, and a way to try again that works without script. Where
/// the session ended, the way leads to the sign-in page.
#[component]
pub fn Problem(
    /// What went wrong.
    error: ConsoleError,
    /// Tries again without leaving the page.
    #[prop(into)]
    retry: Callback<()>,
) -> impl IntoView {
    let (session, signed_out) = (Session::get(), error.is_signed_out());
    Effect::new(move || {
        if signed_out {
            session.check();
        }
    });
    let again = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        retry.run(());
    };
    view! {
        <section class="notice bad" role="alert">
            <h2><Icon name="failed"/>"This did not work"</h2>
            <p>{error.detail}</p>
            <p class="notice-facts">
                <code>{error.code.as_str()}</code>
                {error.request_id.map(|id| view! { <span>"Request "<code>{id}</code></span> })}
            </p>
            <p><a class="button" href="" rel="external" on:click=again>"Try again"</a></p>
        </section>
    }
    .erased()
}
