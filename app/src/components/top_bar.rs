//! The bar above every page.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::{Icon, LiveIndicator, ThemeSwitch};
use crate::erased::Erase as _;
use crate::fns::Logout;
use crate::session::Session;

/// Name of the product, sections, how live the page is, colours, who is signed in.
#[component]
pub fn TopBar() -> impl IntoView {
    let session = Session::get();
    view! {
        <header class="top-bar">
            <a class="brand" href="/executions">
                <Icon name="brand"/>
                <span>"Magone"</span>
            </a>
            <Transition>
                {move || session.admin().map(|admin| view! { <Sections/><Account name=admin.name email=admin.email/> })}
            </Transition>
        </header>
    }
    .erased()
}

#[component]
fn Sections() -> impl IntoView {
    let path = use_location().pathname;
    let here = move || path.with(|path| path.starts_with("/executions")).then_some("true");
    view! {
        <nav class="sections" aria-label="Sections">
            <a href="/executions" aria-current=here>"Executions"</a>
        </nav>
        <LiveIndicator/>
    }
    .erased()
}

#[component]
fn Account(name: String, email: String) -> impl IntoView {
    let logout = ServerAction::<Logout>::new();
    view! {
        <ThemeSwitch/>
        <ActionForm action=logout>
            <span class="account" title=email>{name}</span>
            <button class="link">"Sign out"</button>
        </ActionForm>
    }
    .erased()
}
