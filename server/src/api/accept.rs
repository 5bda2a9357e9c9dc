//! `Accept`: whether a caller wants events as a stream or as documents.

use actix_web::http::header::{self, HeaderMap};

/// Whether events are wanted as a stream: named, and not refused (`q=0`).
pub(crate) fn wants_stream(headers: &HeaderMap) -> bool {
    names(headers, "text/event-stream")
}

/// Whether a document is wanted, and no stream.
pub(crate) fn wants_json(headers: &HeaderMap) -> bool {
    names(headers, "application/json") && !wants_stream(headers)
}

fn names(headers: &HeaderMap, wanted: &str) -> bool {
    let values = headers.get_all(header::ACCEPT).filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(wanted));
        named
            && !parts.any(|part| {
                matches!(part.split_once('='), Some((q, weight))
            if q.trim().eq_ignore_ascii_case("q") && weight.trim().parse() == Ok(0.0_f32))
            })
    })
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn a_stream_is_wanted_where_it_is_named() {
        for (value, stream, json) in [
            ("text/event-stream", true, false),
            ("application/json, Text/Event-Stream;q=0.5", true, false),
            ("text/event-stream; q=0, application/json", false, true),
            ("application/json; charset=utf-8", false, true),
            ("*/*", false, false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(value));
            assert_eq!((wants_stream(&headers), wants_json(&headers)), (stream, json), "{value}");
        }
    }
}
