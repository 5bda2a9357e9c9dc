//! An address that leads nowhere.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::erased::Erase as _;

/// Says so, with the status that belongs to it.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    #[cfg(feature = "ssr")]
    crate::request::set_status(magone_core::error::ErrorCode::NotFound);
    view! {
        <Title text="Not found"/>
        <div class="page narrow">
            <h1>"There is no such page"</h1>
            <p>"The address may be mistyped, or what it led to is gone."</p>
            <p><a class="button" href="/executions">"To the executions"</a></p>
        </div>
    }
    .erased()
}
