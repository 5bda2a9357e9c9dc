//! The request that is being answered, as pages and server functions see it: who asks, which cookie
//! came along, what goes into the answer's head. Only on the server.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, HeaderName, HeaderValue, SET_COOKIE, USER_AGENT};
use leptos::prelude::use_context;
use leptos_actix::{Request, ResponseOptions};
use magone_core::error::ErrorCode;

use crate::backend::{ConsoleBackend, SessionToken, Visitor};
use crate::wire::{Admin, ConsoleError};

/// The session's cookie where the browser ties it to this very host and to a secure channel.
pub const HOST_COOKIE: &str = "__Host-magone";

/// The session's cookie where no browser would take the other.
pub const PLAIN_COOKIE: &str = "magone";

/// How long a browser keeps the cookie, in days. Whether the session still stands is the backend's word.
const COOKIE_DAYS: i64 = 7;

/// Which session cookies are given out and taken. The server puts it into the context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CookiePolicy {
    /// https: [`HOST_COOKIE`] alone.
    Secure,
    /// Plain http on a loopback address: browsers that take [`HOST_COOKIE`] there get it, and all
    /// get [`PLAIN_COOKIE`].
    Loopback,
    /// Plain http elsewhere, when the operator insists: [`PLAIN_COOKIE`].
    Insecure,
}

impl CookiePolicy {
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Secure => &[HOST_COOKIE],
            Self::Loopback => &[HOST_COOKIE, PLAIN_COOKIE],
            Self::Insecure => &[PLAIN_COOKIE],
        }
    }

    /// The session that a request carries.
    #[must_use]
    pub fn session(self, request: &HttpRequest) -> Option<SessionToken> {
        let cookie = self.names().iter().find_map(|name| request.cookie(name))?;
        (!cookie.value().is_empty()).then(|| SessionToken::new(cookie.value()))
    }

    /// `Set-Cookie` values that begin (`Some`) or end (`None`) a session.
    #[must_use]
    pub fn headers(self, session: Option<&SessionToken>) -> Vec<String> {
        let cookie = |name: &&'static str| {
            Cookie::build(*name, session.map_or("", SessionToken::expose))
                .path("/")
                .http_only(true)
                .same_site(SameSite::Lax)
                .secure(*name == HOST_COOKIE)
                .max_age(if session.is_some() { Duration::days(COOKIE_DAYS) } else { Duration::ZERO })
                .finish()
                .to_string()
        };
        self.names().iter().map(cookie).collect()
    }
}

/// The id under which the server logs the request. The server may put it into the context.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// The backend that the server put into the context.
///
/// # Errors
/// `internal` when it did not: a fault of the composition, not of the request.
pub fn backend() -> Result<Arc<dyn ConsoleBackend>, ConsoleError> {
    use_context().ok_or_else(|| {
        answered(ConsoleError::new(ErrorCode::Internal, "The console is not connected to its server."))
    })
}

/// Who asks.
///
/// # Errors
/// Signed out, or what the backend says.
pub async fn require_admin() -> Result<Admin, ConsoleError> {
    let backend = backend()?;
    let Some(session) = session() else {
        return Err(answered(ConsoleError::signed_out()));
    };
    let admin = backend.admin(session).await.map_err(answered)?;
    admin.ok_or_else(|| answered(ConsoleError::signed_out()))
}

/// The session that came along.
#[must_use]
pub fn session() -> Option<SessionToken> {
    policy().session(&*use_context::<Request>()?)
}

/// Lets the browser keep the session, or forget it.
pub fn keep_session(session: Option<&SessionToken>) {
    for header in policy().headers(session) {
        append_header(SET_COOKIE, &header);
    }
}

/// Where the request came from.
#[must_use]
pub fn visitor() -> Visitor {
    let Some(request) = use_context::<Request>() else {
        return Visitor::default();
    };
    let user_agent = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
    Visitor {
        address: request.peer_addr().map(|address| address.ip()),
        user_agent: user_agent.map(|text| text.chars().take(200).collect()),
    }
}

/// A cookie's value.
#[must_use]
pub fn cookie(name: &str) -> Option<String> {
    use_context::<Request>()?.cookie(name).map(|cookie| cookie.value().to_owned())
}

/// Adds a header to the answer; one whose value no header can carry is left out.
pub fn append_header(name: HeaderName, value: &str) {
    if let (Some(response), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(value)) {
        response.append_header(name, value);
    }
}

/// Sets the answer's status.
pub fn set_status(code: ErrorCode) {
    if let (Some(response), Ok(status)) =
        (use_context::<ResponseOptions>(), StatusCode::from_u16(code.http_status()))
    {
        response.set_status(status);
    }
}

/// Gives an error the request's id, and the answer the error's status. Not where the browser
/// navigates: a form without script is answered by a redirect, and a page sets its own status.
#[must_use]
pub fn answered(error: ConsoleError) -> ConsoleError {
    let accept = use_context::<Request>().and_then(|request| request.headers().get(ACCEPT).cloned());
    let navigates = accept.is_some_and(|accept| accept.to_str().is_ok_and(|text| text.contains("text/html")));
    if !navigates {
        set_status(error.code);
    }
    let request_id = error.request_id.or_else(|| use_context::<RequestId>().map(|id| id.0));
    ConsoleError { request_id, ..error }
}

fn policy() -> CookiePolicy {
    use_context().unwrap_or(CookiePolicy::Secure)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn cookies_are_bound_as_tightly_as_the_channel_allows() {
        let token = SessionToken::new("t0ken");
        let all = |policy: CookiePolicy| policy.headers(Some(&token)).join("\n");
        for policy in [CookiePolicy::Secure, CookiePolicy::Loopback, CookiePolicy::Insecure] {
            for header in policy.headers(Some(&token)) {
                assert!(header.contains("HttpOnly") && header.contains("SameSite=Lax"), "{header}");
                assert!(header.contains("Path=/") && !header.contains("Domain"), "{header}");
                assert_eq!(header.starts_with("__Host-"), header.contains("Secure"), "{header}");
            }
        }
        assert!(!all(CookiePolicy::Secure).contains("\nmagone="));
        assert!(all(CookiePolicy::Loopback).contains("\nmagone="));
        assert!(!all(CookiePolicy::Insecure).contains("__Host-"));
        assert!(CookiePolicy::Secure.headers(None).iter().all(|header| header.contains("Max-Age=0")));
    }

    #[test]
    fn a_plain_cookie_does_not_count_where_a_secure_one_is_due() {
        let request = TestRequest::default().cookie(Cookie::new(PLAIN_COOKIE, "x")).to_http_request();
        assert_eq!(CookiePolicy::Secure.session(&request), None);
        assert_eq!(CookiePolicy::Loopback.session(&request), Some(SessionToken::new("x")));
        let empty = TestRequest::default().cookie(Cookie::new(HOST_COOKIE, "")).to_http_request();
        assert_eq!(CookiePolicy::Secure.session(&empty), None);
    }

    #[test]
    fn a_token_does_not_show_itself() {
        assert!(!format!("{:?}", SessionToken::new("t0ken")).contains("t0ken"));
    }
}
