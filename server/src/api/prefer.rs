//! `Prefer: wait=N` and `respond-async` (RFC 7240): how long a caller would like to wait.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

const PREFER: HeaderName = HeaderName::from_static("prefer");
const APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// How long a caller would like to wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    /// At most so long.
    pub wait: Duration,
    /// The preference as `Preference-Applied` repeats it.
    pub applied: String,
}

/// The wish in `Prefer: wait=<seconds>`, or not to wait at all in `respond-async`; what cannot be
/// understood is passed over, as the RFC says.
pub(crate) fn wish<'a>(headers: &'a HeaderMap) -> Option<Wish> {
    let values = headers.get_all(PREFER).filter_map(|value| value.to_str().ok());
    // Neither of the two has parameters: what stands behind a semicolon is passed over.
    let own = |preference: &'a str| preference.split(';').next().unwrap_or_default().trim();
    let preferences: Vec<&str> = values.flat_map(|value| value.split(',')).map(own).collect();
    let seconds = preferences
        .iter()
        .filter_map(|preference| preference.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("wait"))
        .and_then(|(_, seconds)| seconds.trim().trim_matches('"').parse::<u64>().ok());
    if let Some(seconds) = seconds {
        return Some(Wish { wait: Duration::from_secs(seconds), applied: format!("wait={seconds}") });
    }
    let now = preferences.iter().any(|preference| preference.eq_ignore_ascii_case("respond-async"));
    now.then(|| Wish { wait: Duration::ZERO, applied: "respond-async".to_owned() })
}

/// Says which wish was granted.
pub(crate) fn applied(response: &mut HttpResponse, wish: Option<&Wish>) {
    if let Some(applied) = wish.and_then(|wish| HeaderValue::from_str(&wish.applied).ok()) {
        response.headers_mut().insert(APPLIED, applied);
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn a_number_of_seconds_and_not_to_wait_are_wishes() {
        for (value, expected) in [
            ("wait=5", Some((5, "wait=5"))),
            ("return=minimal, wait = \"7\"", Some((7, "wait=7"))),
            ("respond-async, wait=3", Some((3, "wait=3"))),
            ("Respond-Async", Some((0, "respond-async"))),
            ("respond-async; x=y", Some((0, "respond-async"))),
            ("wait=4; x=\"y\", handling=lenient", Some((4, "wait=4"))),
            ("wait=-1", None),
            ("wait=soon", None),
            ("return=minimal", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(PREFER, HeaderValue::from_static(value));
            let found = wish(&headers).map(|wish| (wish.wait.as_secs(), wish.applied));
            assert_eq!(found, expected.map(|(wait, applied)| (wait, applied.to_owned())), "{value}");
        }
    }
}
