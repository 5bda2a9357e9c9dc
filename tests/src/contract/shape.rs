//! What every answer about a run looks like.

use std::collections::BTreeSet;

use serde_json::Value;

/// The members of the one projection, and nothing else.
pub const PROJECTION: [&str; 14] = [
    "code",
    "completed_at",
    "created_at",
    "error",
    "execution_id",
    "metadata",
    "progress",
    "result",
    "retryable",
    "session_id",
    "started_at",
    "state",
    "status",
    "workflow_slug",
];

/// Asserts that `object` has these members and no others.
#[track_caller]
pub fn assert_members(object: &Value, members: &[&str]) {
    let found: BTreeSet<_> =
        object.as_object().unwrap_or_else(|| panic!("no object: {object}")).keys().collect();
    let expected: BTreeSet<_> = members.iter().map(|member| (*member).to_owned()).collect();
    assert_eq!(found, expected.iter().collect(), "{object}");
}

/// Asserts a time as RFC 3339 in UTC.
#[track_caller]
pub fn assert_time(value: &Value) {
    let text = value.as_str().unwrap_or_else(|| panic!("no time: {value}"));
    assert!(text.len() >= 20 && text.ends_with('Z') && text.as_bytes()[10] == b'T', "{text}");
}
