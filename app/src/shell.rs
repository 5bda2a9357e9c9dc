//! The document around the app, and the head of the answer that carries it. Only on the server.

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use leptos::nonce::{Nonce, use_nonce};
use leptos::prelude::*;
use leptos_meta::MetaTags;

use crate::request::{append_header, cookie};
use crate::theme::{COOKIE, Theme};
use crate::{App, BUILD_VERSION_PARAMETER, PACKAGE_PATH};

/// The mark in the browser's tab: the same three beads as in the sprite.
const FAVICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E\
    %3Cpath d='M4 1v14' stroke='%23177e7a' stroke-width='1.6'/%3E%3Ccircle cx='4' cy='3.5' r='2.3' fill='%23177e7a'/%3E\
    %3Ccircle cx='4' cy='12.5' r='2.3' fill='%23177e7a'/%3E%3Cpath d='M4 8h5' stroke='%23177e7a' stroke-width='1.6'/%3E\
    %3Ccircle cx='11' cy='8' r='3' fill='none' stroke='%23177e7a' stroke-width='1.8'/%3E%3C/svg%3E";

/// The document.
///
/// `version` is the content of the build's `version` file: it goes into the addresses of script, wasm
/// and style sheet, so that browsers may keep them for ever.
#[must_use]
pub fn shell(version: &str) -> impl IntoView + use<> {
    let nonce = use_nonce();
    secure(nonce.as_ref());
    let theme = Theme::parse(&cookie(COOKIE).unwrap_or_default());
    let file =
        |extension: &str| format!("{PACKAGE_PATH}/magone.{extension}?{BUILD_VERSION_PARAMETER}={version}");
    let (script, wasm, style) = (file("js"), file("wasm"), file("css"));
    let boot = format!(
        "import init, {{ hydrate }} from '{script}'; await init({{ module_or_path: '{wasm}' }}); hydrate();"
    );
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme.as_str()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" href=FAVICON/>
                <link rel="stylesheet" href=style/>
                <link rel="modulepreload" href=script/>
                <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
                <script type="module" nonce=nonce>{boot}</script>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// Nothing from elsewhere, no inline style, no framing; script only by nonce and from here.
fn secure(nonce: Option<&Nonce>) {
    let nonce = nonce.map_or_else(String::new, |nonce| format!(" 'nonce-{nonce}'"));
    append_header(
        CONTENT_SECURITY_POLICY,
        &format!(
            "default-src 'none'; script-src 'self'{nonce} 'wasm-unsafe-eval'; style-src 'self'; \
             img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'"
        ),
    );
    append_header(X_CONTENT_TYPE_OPTIONS, "nosniff");
    append_header(X_FRAME_OPTIONS, "DENY");
    // The set-up link carries a token in its address. Forms without script need the referrer here.
    append_header(REFERRER_POLICY, "same-origin");
    append_header(CACHE_CONTROL, "no-store");
}
