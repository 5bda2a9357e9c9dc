//! Light, dark, or as the system has it.

use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use super::Icon;
use crate::erased::Erase as _;
use crate::theme::Theme;

/// Shows the choice at once and keeps it in a cookie for the pages to come.
fn choose(theme: Theme) {
    if let Some(root) = document().document_element() {
        // Fails only for names that are no attribute names.
        let _ = root.set_attribute("data-theme", theme.as_str());
    }
    if let Ok(document) = document().dyn_into::<web_sys::HtmlDocument>() {
        // Where cookies are refused, the choice lasts as long as the page.
        let _ = document.set_cookie(&theme.cookie());
    }
}

/// What `<html data-theme>` says.
fn chosen() -> Theme {
    let root = document().document_element();
    Theme::parse(&root.and_then(|root| root.get_attribute("data-theme")).unwrap_or_default())
}

/// A button that goes round the three choices. Hidden until the page is hydrated: it needs script.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let theme = RwSignal::new(Theme::System);
    Effect::new(move || theme.set(chosen()));
    let next = move |_| {
        let next = match theme.get_untracked() {
            Theme::System => Theme::Light,
            Theme::Light => Theme::Dark,
            Theme::Dark => Theme::System,
        };
        choose(next);
        theme.set(next);
    };
    view! {
        <button type="button" class="theme-switch" on:click=next title="Change colours">
            <Icon name=Signal::derive(move || theme.get().as_str())/>
            <span class="sr-only">{move || format!("Colours: {}. Change", theme.get().as_str())}</span>
        </button>
    }
    .erased()
}
