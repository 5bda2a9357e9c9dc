//! The first account, by the one-time link that the server prints when it starts for the first time.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::components::{Field, FormError, Problem, Skeleton};
use crate::erased::Erase as _;
use crate::fns::{CreateOwner, setup_needed};

/// The form, while there is no account.
#[component]
pub fn SetupPage() -> impl IntoView {
    let needed = Resource::new(|| (), |()| setup_needed());
    view! {
        <Title text="Set up"/>
        <div class="page narrow">
            <Suspense fallback=|| view! { <Skeleton/> }>
                {move || needed.get().map(|answer| match answer {
                    Ok(true) => view! { <OwnerForm/> }.erased(),
                    Ok(false) => view! { <Done/> }.erased(),
                    Err(error) => view! { <Problem error=error retry=move || needed.refetch()/> }.erased(),
                })}
            </Suspense>
        </div>
    }
    .erased()
}

#[component]
fn Done() -> impl IntoView {
    view! {
        <h1>"This console is set up"</h1>
        <p>"The link worked once and has done its job."</p>
        <p><a class="button" href="/login">"Sign in"</a></p>
    }
    .erased()
}

#[component]
fn OwnerForm() -> impl IntoView {
    let create = ServerAction::<CreateOwner>::new();
    let error = Signal::derive(move || create.value().get().and_then(Result::err));
    let params = use_query_map();
    let token = move || params.with(|params| params.get("token"));
    view! {
        <h1>"Welcome"</h1>
        <p class="lead">"Make the owner's account. It may do everything, and it can add others later."</p>
        <Show
            when=move || token().is_some()
            fallback=|| view! {
                <p class="notice">
                    "This address lacks its token. Open the whole link that the server printed when it started."
                </p>
            }
        >
            <ActionForm action=create attr:class="form">
                <input type="hidden" name="token" value=token/>
                <Field name="name" label="Your name" autocomplete="name" autofocus=true/>
                <Field name="email" label="Email" kind="email" autocomplete="username"/>
                <Field
                    name="password" label="Password" kind="password" autocomplete="new-password"
                    min=12 hint="At least 12 characters. Any characters."
                />
                <FormError error=error/>
                <button class="button primary" disabled=move || create.pending().get()>"Create the account"</button>
            </ActionForm>
        </Show>
    }
    .erased()
}
