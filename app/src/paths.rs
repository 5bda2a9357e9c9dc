//! Addresses of the console: its pages, its files, its stream.

use magone_core::ids::ExecutionId;

use crate::query::escaped;

/// Where the build's files are served: `magone.js`, `magone.wasm`, `magone.css`.
pub const PACKAGE_PATH: &str = "/console/pkg";

/// Where the server functions are served; the same as `SERVER_FN_PREFIX` at compile time.
pub const FUNCTIONS_PATH: &str = "/console/fn";

/// Where the stream is served.
pub const STREAM_PATH: &str = "/console/stream";

/// Name of the query parameter that carries the build's version; a file asked for with it may be
/// kept for ever.
pub const BUILD_VERSION_PARAMETER: &str = "v";

/// The page of one run.
#[must_use]
pub fn execution(id: &ExecutionId) -> String {
    format!("/executions/{}", escaped(id.as_str()))
}

/// The sign-in page, with the way back.
#[must_use]
pub fn login(next: &str) -> String {
    if next == "/" || next.is_empty() {
        "/login".to_owned()
    } else {
        format!("/login?next={}", escaped(next))
    }
}

/// The stream of all runs.
#[must_use]
pub fn stream_of_executions() -> String {
    format!("{STREAM_PATH}?topics=executions")
}

/// The stream of one run's events after `seq`.
#[must_use]
pub fn stream_of_execution(id: &ExecutionId, seq: u64) -> String {
    format!("{STREAM_PATH}?topics=execution:{}&after={seq}", escaped(id.as_str()))
}

/// `next` if it is a path of this console: a sign-in link must not lead to another site.
#[must_use]
pub fn local(next: &str) -> Option<&str> {
    let path = next.strip_prefix('/')?;
    // `//host` and `/\host` are other hosts to a browser, and it drops control characters before it looks.
    let leads_away = path.starts_with(['/', '\\']) || next.contains(|c: char| c.is_control());
    (!leads_away && next.is_ascii()).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_stays_on_this_host() {
        for good in ["/", "/executions?status=failed&q=a%20b"] {
            assert_eq!(local(good), Some(good));
        }
        for bad in
            ["", "executions", "//evil.example", "/\\evil.example", "/\t/evil", "https://evil.example", "/é"]
        {
            assert_eq!(local(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn addresses_are_escaped() {
        assert_eq!(execution(&ExecutionId::from_text("a/b?c")), "/executions/a%2Fb%3Fc");
        assert_eq!(login("/executions?q=x"), "/login?next=%2Fexecutions%3Fq%3Dx");
        assert_eq!(login("/"), "/login");
    }
}
