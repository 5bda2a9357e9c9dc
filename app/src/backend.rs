//! What the console asks of the server around it. One implementation stands over the services; the
//! preview in `examples/` has another, with made-up runs.

use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;

use magone_core::ids::ExecutionId;

use crate::wire::{Admin, ConsoleError, ExecutionDetail, ExecutionPage, ExecutionQuery};

/// An answer that is on its way.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, ConsoleError>> + Send + 'a>>;

/// Proof of a session, as the browser's cookie carries it. Whoever has it is the admin.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(String);

impl SessionToken {
    /// From the text in the cookie.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text for the cookie. Never for a log.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

/// Where a request came from: for throttling, and for the list of sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Visitor {
    /// The other end of the connection.
    pub address: Option<IpAddr>,
    /// What the browser says that it is.
    pub user_agent: Option<String>,
}

/// The first account.
#[derive(Clone)]
pub struct NewOwner {
    /// From the one-time link.
    pub token: String,
    /// What the owner signs in with.
    pub email: String,
    /// What the owner is called.
    pub name: String,
    /// Checked for strength by the backend.
    pub password: String,
}

/// The server behind the console. Every answer is the business of whoever is signed in: what they
/// may not see is `not_found` or `insufficient_scope`, never a panic and never another code.
pub trait ConsoleBackend: Send + Sync + 'static {
    /// Whether there is no account yet.
    fn setup_needed(&self) -> Answer<'_, bool>;

    /// Makes the first account and signs it in. `key_invalid` when the link was used, is too old or
    /// was never valid; `validation` when a field does not do.
    fn create_owner(&self, visitor: Visitor, owner: NewOwner) -> Answer<'_, SessionToken>;

    /// Signs in. `key_invalid` for a wrong password and for an unknown email alike; `rate_limited`
    /// after too many tries.
    fn login(&self, visitor: Visitor, email: String, password: String) -> Answer<'_, SessionToken>;

    /// Ends the session. One that has ended already is no error.
    fn logout(&self, session: SessionToken) -> Answer<'_, ()>;

    /// Who is signed in; `None` when the session ended or never was.
    fn admin(&self, session: SessionToken) -> Answer<'_, Option<Admin>>;

    /// One page of runs, newest first, at most [`crate::wire::ROWS_PER_PAGE`].
    fn executions(&self, admin: Admin, query: ExecutionQuery) -> Answer<'_, ExecutionPage>;

    /// One run with its first events, at most [`crate::wire::EVENTS_WITH_PAGE`]. `not_found` when there is none.
    fn execution(&self, admin: Admin, id: ExecutionId) -> Answer<'_, ExecutionDetail>;
}
