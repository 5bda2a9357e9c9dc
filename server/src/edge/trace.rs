//! Names of requests: our own id, and the trace of whoever calls (W3C Trace Context, level 1).

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::clock;

/// Header that names a request, in and out.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Header that names a trace, in and out.
pub(super) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// Characters of a caller's request id that are taken over.
const REQUEST_ID_MOST: usize = 128;

/// The caller's id of its request, else a new one.
pub(super) fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let usable =
        |id: &&str| (1..=REQUEST_ID_MOST).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic());
    given.filter(usable).map_or_else(|| format!("req_{:032x}", clock::mint()), str::to_owned)
}

/// A place in a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trace {
    /// 32 hexadecimal digits.
    pub id: String,
    span: String,
    flags: String,
}

impl Trace {
    /// A step further in the caller's trace; a new trace where there is none or it is malformed.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut given = headers.get_all(TRACEPARENT).map(|value| value.to_str().unwrap_or_default());
        let parsed = match (given.next(), given.next()) {
            (Some(text), None) => Self::parse(text),
            _ => None,
        };
        let (id, flags) = parsed.map_or_else(
            || (format!("{:032x}", clock::mint()), "00".to_owned()),
            |trace| (trace.id, trace.flags),
        );
        // The low half of a UUIDv7 is random.
        let span = u64::try_from(clock::mint() & u128::from(u64::MAX)).unwrap_or(1);
        Self { id, span: format!("{span:016x}"), flags }
    }

    /// What a caller sent; `None` for what the standard does not allow.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.trim().split('-').collect();
        let [version, id, span, flags, rest @ ..] = parts.as_slice() else { return None };
        let hex = |part: &str, digits: usize| {
            part.len() == digits && part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        };
        let shaped = hex(version, 2) && hex(id, 32) && hex(span, 16) && hex(flags, 2);
        // Later versions may say more behind what this one knows.
        let known = *version != "ff" && (*version != "00" || rest.is_empty());
        let zero = |part: &str| part.bytes().all(|b| b == b'0');
        (shaped && known && !zero(id) && !zero(span)).then(|| Self {
            id: (*id).to_owned(),
            span: (*span).to_owned(),
            flags: (*flags).to_owned(),
        })
    }

    /// As the header says it.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&format!("00-{}-{}-{}", self.id, self.span, self.flags)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIVEN: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn of(values: &[&str]) -> Trace {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(TRACEPARENT, HeaderValue::from_str(value).unwrap());
        }
        Trace::of(&headers)
    }

    #[test]
    fn a_trace_goes_on_with_a_span_of_our_own() {
        let trace = of(&[GIVEN]);
        assert_eq!((trace.id.as_str(), trace.flags.as_str()), ("0af7651916cd43dd8448eb211c80319c", "01"));
        assert_ne!(trace.span, "b7ad6b7169203331");
        let header = trace.header().unwrap();
        assert_eq!(Trace::parse(header.to_str().unwrap()), Some(trace));
    }

    #[test]
    fn what_is_malformed_is_replaced() {
        for wrong in [
            "",
            "00",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "00-0af7651916cd43dd8448eb211c80319-b7ad6b71692033311-01",
        ] {
            assert_eq!(Trace::parse(wrong), None, "{wrong}");
            assert_ne!(of(&[wrong]).id, "0af7651916cd43dd8448eb211c80319c", "{wrong}");
        }
        assert!(Trace::parse("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more").is_some());
        assert_ne!(of(&[GIVEN, GIVEN]).id, "0af7651916cd43dd8448eb211c80319c", "two are as none");
    }
}
