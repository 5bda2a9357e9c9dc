//! JSON values that many holders share without copying.

use std::sync::Arc;

use serde_json::Value;

/// A shared, immutable JSON value.
pub type Json = Arc<Value>;

/// How deep `value` nests: a scalar is 0, an array or object one more than its deepest member.
/// Does not recurse, so that no input can exhaust the stack.
#[must_use]
pub fn depth(value: &Value) -> usize {
    let mut deepest = 0;
    let mut open = vec![(value, 0_usize)];
    while let Some((value, depth)) = open.pop() {
        match value {
            Value::Array(items) => {
                deepest = deepest.max(depth + 1);
                open.extend(items.iter().map(|v| (v, depth + 1)));
            }
            Value::Object(members) => {
                deepest = deepest.max(depth + 1);
                open.extend(members.values().map(|v| (v, depth + 1)));
            }
            _ => {}
        }
    }
    deepest
}

/// How many values `value` consists of, itself included. Does not recurse.
#[must_use]
pub fn count(value: &Value) -> usize {
    let mut count = 0;
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        count += 1;
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(members) => open.extend(members.values()),
            _ => {}
        }
    }
    count
}

/// Whether a text or a member's name inside `value` contains U+0000. Does not recurse.
#[must_use]
pub fn has_nul(value: &Value) -> bool {
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) if text.contains('\0') => return true,
            Value::Array(items) => open.extend(items),
            Value::Object(members) if members.keys().any(|name| name.contains('\0')) => return true,
            Value::Object(members) => open.extend(members.values()),
            _ => {}
        }
    }
    false
}

/// How deep JSON text nests, told from its brackets, before anything is parsed.
#[must_use]
pub fn text_depth(text: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    let (mut in_string, mut escaped) = (false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nul_is_found_in_texts_and_names() {
        let found = |text: &str| has_nul(&serde_json::from_str(text).unwrap());
        assert!(found(r#"{"a":["b","\u0000"]}"#));
        assert!(found(r#"{"a\u0000":1}"#));
        assert!(!found(r#"{"a":["\\u0000", 0, null]}"#));
    }

    #[test]
    fn both_depths_agree() {
        for (text, expected) in [
            ("1", 0),
            ("[]", 1),
            (r#"{"a":[{"b":1}]}"#, 3),
            (r#"["[[[\"[["]"#, 1),
            (r#"{"a":"\\","b":[[]]}"#, 3),
        ] {
            assert_eq!(text_depth(text.as_bytes()), expected, "{text}");
            assert_eq!(depth(&serde_json::from_str(text).unwrap()), expected, "{text}");
        }
    }
}
