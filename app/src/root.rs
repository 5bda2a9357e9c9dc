//! The root of the console: what every page has in common, and which page is at which address.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{FlatRoutes, Redirect, Route, Router};
use leptos_router::hooks::use_location;
use leptos_router::{SsrMode, path};
use wasm_bindgen::JsCast as _;

use crate::clock::Clock;
use crate::components::{Shortcuts, Sprite, TopBar};
use crate::erased::Erase as _;
use crate::live::Indicator;
use crate::pages::{ExecutionPage, ExecutionsPage, LoginPage, NotFoundPage, SetupPage};
use crate::session::{Gate, Session};

/// The console. On the server it finds its backend in the context; while routes are listed there is none.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    Clock::provide();
    Indicator::provide();
    Effect::new(|| {
        if let Some(root) = document().document_element() {
            // Tests and style sheets wait for it. Fails only for names that are no attribute names.
            let _ = root.set_attribute("data-hydrated", "true");
        }
    });
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Magone".to_owned() } else { format!("{title} · Magone") }/>
        <Sprite/>
        <Router>
            <Frame/>
        </Router>
    }
    .erased()
}

#[component]
fn Frame() -> impl IntoView {
    Session::provide();
    focus_on_route_change();
    view! {
        <a class="skip" href="#main" rel="external">"Skip to content"</a>
        <TopBar/>
        <main id="main" tabindex="-1">
            <Gate/>
            <FlatRoutes fallback=NotFoundPage>
                <Route path=path!("/") view=|| view! { <Redirect path="/executions"/> } ssr=SsrMode::Async/>
                <Route path=path!("/setup") view=SetupPage ssr=SsrMode::Async/>
                <Route path=path!("/login") view=LoginPage ssr=SsrMode::Async/>
                <Route path=path!("/executions") view=ExecutionsPage ssr=SsrMode::Async/>
                <Route path=path!("/executions/:id") view=ExecutionPage ssr=SsrMode::Async/>
            </FlatRoutes>
        </main>
        <Shortcuts/>
    }
    .erased()
}

/// A new page begins where its content begins, for the keyboard and for screen readers alike.
fn focus_on_route_change() {
    let path = use_location().pathname;
    Effect::new(move |before: Option<String>| {
        let path = path.get();
        if before.is_some_and(|before| before != path) {
            let main = document().get_element_by_id("main");
            if let Some(main) = main.and_then(|main| main.dyn_into::<web_sys::HtmlElement>().ok()) {
                // Fails only for elements that cannot be focused.
                let _ = main.focus();
            }
        }
        path
    });
}
