//! The console in the browser: takes over the pages that the server rendered.
#![allow(missing_docs, reason = "wasm-bindgen generates undocumented items beside the exported function")]

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the page's boot script once the module is loaded.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
}
