//! Accounts and sessions. The forms work without script, so these take plain form fields and answer
//! by redirect.

use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use crate::wire::{Admin, ConsoleError};

/// Whether there is no account yet. Needs no session: the sign-in page says so to whoever opens it.
///
/// # Errors
/// What the backend says.
#[server(endpoint = "setup-needed", input = Json)]
pub async fn setup_needed() -> Result<bool, ConsoleError> {
    use crate::request::{answered, backend};

    backend()?.setup_needed().await.map_err(answered)
}

/// Makes the owner's account with the one-time link's token, and signs in.
///
/// # Errors
/// What the backend says of the token and of the fields.
#[server(endpoint = "create-owner")]
pub async fn create_owner(
    /// From the one-time link.
    token: String,
    /// What the owner signs in with.
    email: String,
    /// What the owner is called.
    name: String,
    /// The password.
    password: String,
) -> Result<(), ConsoleError> {
    use crate::backend::NewOwner;
    use crate::request::{answered, backend, keep_session, visitor};

    let owner = NewOwner { token, email, name, password };
    let session = backend()?.create_owner(visitor(), owner).await.map_err(answered)?;
    keep_session(Some(&session));
    leptos_actix::redirect("/executions");
    Ok(())
}

/// Signs in and goes to `next`, a path of the console.
///
/// # Errors
/// What the backend says.
#[server(endpoint = "login")]
pub async fn login(
    /// The account's email.
    email: String,
    /// Its password.
    password: String,
    /// The page that was asked for.
    #[server(default)]
    next: String,
) -> Result<(), ConsoleError> {
    use crate::request::{answered, backend, keep_session, visitor};

    let session = backend()?.login(visitor(), email, password).await.map_err(answered)?;
    keep_session(Some(&session));
    leptos_actix::redirect(crate::paths::local(&next).unwrap_or("/executions"));
    Ok(())
}

/// Signs out.
///
/// # Errors
/// Signed out already, or what the backend says.
#[server(endpoint = "logout")]
pub async fn logout() -> Result<(), ConsoleError> {
    use crate::request::{answered, backend, keep_session, require_admin, session};

    keep_session(None);
    require_admin().await?;
    if let Some(session) = session() {
        backend()?.logout(session).await.map_err(answered)?;
    }
    leptos_actix::redirect("/login");
    Ok(())
}

/// Who is signed in.
///
/// # Errors
/// Signed out, or what the backend says.
#[server(endpoint = "session", input = Json)]
pub async fn current_admin() -> Result<Admin, ConsoleError> {
    crate::request::require_admin().await
}
