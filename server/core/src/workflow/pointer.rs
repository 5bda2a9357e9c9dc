//! JSON pointers (RFC 6901).

/// The pointer of the member `key` of the object at `parent`.
pub(super) fn member(parent: &str, key: &str) -> String {
    format!("{parent}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// The pointer of the item number `at` of the array at `parent`.
pub(super) fn item(parent: &str, at: usize) -> String {
    format!("{parent}/{at}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn keys_are_escaped() {
        let document = serde_json::json!({"a/b": {"m~n": [0, 1]}});
        let pointer = super::item(&super::member(&super::member("", "a/b"), "m~n"), 1);
        assert_eq!(pointer, "/a~1b/m~0n/1");
        assert_eq!(document.pointer(&pointer), Some(&serde_json::json!(1)));
    }
}
