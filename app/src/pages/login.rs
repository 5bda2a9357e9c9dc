//! Signing in.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::components::{Field, FormError};
use crate::erased::Erase as _;
use crate::fns::{Login, setup_needed};
use crate::paths;

/// The form; before the first account is made, the way to make it.
#[component]
pub fn LoginPage() -> impl IntoView {
    let login = ServerAction::<Login>::new();
    let setup = Resource::new(|| (), |()| setup_needed());
    let error = Signal::derive(move || login.value().get().and_then(Result::err));
    let params = use_query_map();
    let next = move || params.with(|params| params.get_str("next").and_then(paths::local).map(str::to_owned));
    view! {
        <Title text="Sign in"/>
        <div class="page narrow">
            <h1>"Sign in"</h1>
            <Suspense>
                {move || setup.get().and_then(Result::ok).filter(|needed| *needed).map(|_| view! {
                    <p class="notice">
                        "Nobody has an account yet. Open the one-time link that the server printed when it started: it makes the owner's."
                    </p>
                })}
            </Suspense>
            <ActionForm action=login attr:class="form">
                <input type="hidden" name="next" value=next/>
                <Field name="email" label="Email" kind="email" autocomplete="username" autofocus=true/>
                <Field name="password" label="Password" kind="password" autocomplete="current-password"/>
                <FormError error=error/>
                <button class="button primary" disabled=move || login.pending().get()>"Sign in"</button>
            </ActionForm>
        </div>
    }
    .erased()
}
