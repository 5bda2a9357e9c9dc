//! Who is signed in, as the pages know it.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::erased::Erase as _;
use crate::fns::current_admin;
use crate::paths;
use crate::wire::{Admin, ConsoleError};

/// The session. Asked for once, and again after signing in or out, since both change between a page
/// that is open to everybody and one that is not.
#[derive(Clone, Copy)]
pub struct Session(Resource<Option<Result<Admin, ConsoleError>>>);

impl Session {
    /// Provides it to all components below. Needs the router above.
    pub fn provide() -> Self {
        let path = use_location().pathname;
        let open = Memo::new(move |_| path.with(|path| matches!(path.as_str(), "/login" | "/setup")));
        let session = Self(Resource::new(
            move || open.get(),
            |open| async move { if open { None } else { Some(current_admin().await) } },
        ));
        provide_context(session);
        session
    }

    /// The session that was provided.
    #[must_use]
    pub fn get() -> Self {
        use_context().unwrap_or_else(Self::provide)
    }

    /// Who is signed in, as far as is known.
    #[must_use]
    pub fn admin(self) -> Option<Admin> {
        self.0.get().flatten().and_then(Result::ok)
    }

    /// Whether signing in is what is missing.
    fn is_signed_out(self) -> bool {
        self.0.get().flatten().is_some_and(|answer| answer.is_err_and(|error| error.is_signed_out()))
    }

    /// Asks again, when something suggests that it ended.
    pub fn check(self) {
        self.0.refetch();
    }
}

/// Sends whoever is not signed in to the sign-in page, with the way back. The router's own redirect
/// works only inside a matched route, and this stands above all of them.
#[component]
pub fn Gate() -> impl IntoView {
    let session = Session::get();
    let location = use_location();
    let leave = move || {
        let (path, search) = (location.pathname.get_untracked(), location.search.get_untracked());
        let here = if search.is_empty() { path } else { format!("{path}?{search}") };
        redirect(&paths::login(&here));
    };
    view! { <Transition>{move || session.is_signed_out().then(leave)}</Transition> }.erased()
}

#[cfg(feature = "ssr")]
fn redirect(path: &str) {
    leptos_actix::redirect(path);
}

#[cfg(not(feature = "ssr"))]
fn redirect(path: &str) {
    leptos::server_fn::redirect::call_redirect_hook(path);
}
