//! From text to JSON, within bounds.

use serde_json::Value;
use serde_saphyr::Options;

use super::unique::Unique;
use crate::json;
use crate::workflow::Problem;

/// Bytes of one document.
pub const MAX_TEXT_BYTES: usize = 1 << 20;

/// Lists and objects inside each other.
pub const MAX_DEPTH: usize = 64;

/// Aliases (`*name`) in one document. Each may repeat whatever its anchor holds.
const MAX_ALIASES: usize = 1_000;

/// Nodes that aliases may add.
const MAX_REPEATED_NODES: usize = 100_000;

/// Reads a document: JSON where it begins like an object of JSON, else YAML.
pub(super) fn value(text: &str) -> Result<Value, Problem> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(whole(format!("the document has more than {MAX_TEXT_BYTES} bytes")));
    }
    if !text.trim_start().starts_with('{') {
        return yaml(text);
    }
    if json::text_depth(text.as_bytes()) > MAX_DEPTH {
        return Err(too_deep());
    }
    // YAML has objects in braces as well, and is less strict inside them.
    serde_json::from_str(text)
        .map(|Unique(value)| value)
        .or_else(|error| yaml(text).map_err(|_| broken_json(&error)))
}

/// Judges a document that was read elsewhere.
pub(super) fn bounded(value: &Value) -> Result<(), Problem> {
    if json::depth(value) > MAX_DEPTH { Err(too_deep()) } else { Ok(()) }
}

fn yaml(text: &str) -> Result<Value, Problem> {
    let value: Value = serde_saphyr::from_str_with_options(text, options()).map_err(|error| {
        let message = error.without_snippet().to_string();
        let line = message.lines().next().unwrap_or_default();
        whole(format!("the document is no well-formed YAML: {line}"))
    })?;
    bounded(&value)?;
    Ok(value)
}

fn options() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            max_documents: 1,
            // The text itself is bounded, and what aliases add as well.
            max_nodes: MAX_TEXT_BYTES,
            max_events: 4 * MAX_TEXT_BYTES,
            max_aliases: MAX_ALIASES,
            max_total_scalar_bytes: 4 * MAX_TEXT_BYTES,
            max_recorded_anchor_bytes: 4 * MAX_TEXT_BYTES,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: MAX_REPEATED_NODES,
        },
        // YAML 1.2: `no` and `on` are words.
        strict_booleans: true,
    }
}

fn broken_json(error: &serde_json::Error) -> Problem {
    whole(format!("the document is no well-formed JSON: {error}"))
}

fn too_deep() -> Problem {
    whole(format!("the document nests deeper than {MAX_DEPTH} levels"))
}

fn whole(detail: String) -> Problem {
    Problem::new("", detail)
}
