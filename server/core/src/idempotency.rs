//! Idempotency keys: the caller's name for one wish, so that asking twice is asking once
//! (draft-ietf-httpapi-idempotency-key-header).

use serde_json::Value;
use sha2::{Digest, Sha256};

/// Characters that a key may have.
pub const KEY_CHARS: usize = 255;

/// Why a header value is no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyProblem {
    /// It is no text that the header may carry.
    #[error(
        "Idempotency-Key has to be 1 to 255 visible ASCII characters; one with spaces, commas or quotes stands in double quotes"
    )]
    Malformed,
    /// It is empty.
    #[error(
        "Idempotency-Key is empty; leave the header out, or name the wish with 1 to {KEY_CHARS} characters"
    )]
    Empty,
    /// It is too long.
    #[error("Idempotency-Key has {0} characters; {KEY_CHARS} are the most")]
    TooLong(usize),
}

/// A caller's name for one wish. Quoted and bare, the same characters are the same key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Reads a header's value: a structured string in quotes (RFC 9651, 3.3.3), or the bare characters.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(value: &[u8]) -> Result<Self, KeyProblem> {
        let text = std::str::from_utf8(value).map_err(|_| KeyProblem::Malformed)?.trim_matches([' ', '\t']);
        let key = match text.strip_prefix('"') {
            Some(rest) => unquoted(rest)?,
            None if text.bytes().all(is_bare) => text.to_owned(),
            None => return Err(KeyProblem::Malformed),
        };
        match key.len() {
            0 => Err(KeyProblem::Empty),
            1..=KEY_CHARS => Ok(Self(key)),
            long => Err(KeyProblem::TooLong(long)),
        }
    }

    /// The key without quotes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A comma may be the seam of two headers that a proxy put into one.
fn is_bare(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b',')
}

/// What stands behind an opening quote, up to the closing one.
fn unquoted(rest: &str) -> Result<String, KeyProblem> {
    let (mut key, mut bytes) = (String::new(), rest.chars());
    loop {
        match bytes.next() {
            Some('"') if bytes.as_str().is_empty() => return Ok(key),
            Some('\\') => match bytes.next() {
                Some(escaped @ ('"' | '\\')) => key.push(escaped),
                _ => return Err(KeyProblem::Malformed),
            },
            Some(char) if char != '"' && matches!(char, ' '..='~') => key.push(char),
            _ => return Err(KeyProblem::Malformed),
        }
    }
}

/// A key with what it was used for: whoever comes with the same key has to want the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The key.
    pub key: String,
    /// SHA-256 of the wish, in hexadecimal digits.
    pub fingerprint: String,
}

impl Claim {
    /// The claim of a key to a wish.
    #[must_use]
    pub fn new(key: &IdempotencyKey, wish: &Value) -> Self {
        let mut text = String::new();
        write(&mut text, wish);
        let digest = Sha256::digest(text.as_bytes());
        let fingerprint = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Self { key: key.as_str().to_owned(), fingerprint }
    }
}

/// One text for all spellings of a document: members sorted, no space, whole numbers without a fraction
/// (as RFC 8785 has it, but for fractions, which keep their own shortest form).
fn write(text: &mut String, value: &Value) {
    match value {
        Value::Object(members) => {
            let mut names: Vec<_> = members.iter().collect();
            names.sort_unstable_by_key(|(name, _)| *name);
            text.push('{');
            for (name, member) in names {
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write(text, member);
                text.push(',');
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for item in items {
                write(text, item);
                text.push(',');
            }
            text.push(']');
        }
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(float) => text.push_str(&format!("{float}")),
            None => text.push_str(&number.to_string()),
        },
        plain => text.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn quoted_and_bare_keys_are_the_same() {
        let read = |text: &str| IdempotencyKey::parse(text.as_bytes()).map(|key| key.0);
        for (text, key) in [
            ("8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324"),
            ("\"order 7\"", "order 7"),
            ("  order-7\t", "order-7"),
            (r#""a\"b\\c""#, r#"a"b\c"#),
            ("\"a,b\"", "a,b"),
        ] {
            assert_eq!(read(text).unwrap(), key, "{text}");
        }
    }

    #[test]
    fn what_is_no_key_says_why() {
        let of = |text: &[u8]| IdempotencyKey::parse(text).unwrap_err();
        for text in
            ["a b", "a, b", "\"a", "a\"b", "\"a\"b", "\"a\\b\"", "caf\u{e9}", "\"caf\u{e9}\"", "\"\u{7f}\""]
        {
            assert_eq!(of(text.as_bytes()), KeyProblem::Malformed, "{text}");
        }
        assert_eq!(of(b"\xff"), KeyProblem::Malformed);
        assert_eq!([of(b""), of(b"\"\"")], [KeyProblem::Empty, KeyProblem::Empty]);
        assert!(IdempotencyKey::parse("x".repeat(255).as_bytes()).is_ok());
        assert_eq!(of("x".repeat(256).as_bytes()), KeyProblem::TooLong(256));
    }

    #[test]
    fn a_fingerprint_is_of_what_is_meant_not_of_how_it_is_written() {
        let key = IdempotencyKey::parse(b"k").unwrap();
        let of = |text: &str| Claim::new(&key, &serde_json::from_str(text).unwrap()).fingerprint;
        assert_eq!(of(r#"{"a":1,"b":[true,null]}"#), of(r#"{ "b": [true, null], "a": 1.0 }"#));
        assert_eq!(of(r#""\u00e9""#), of("\"é\""));
        let different =
            [json!(1), json!("1"), json!([1]), json!([[1]]), json!([1, 1]), json!({"1": 1}), json!(1.5)];
        let prints: std::collections::BTreeSet<_> = different.iter().map(|v| of(&v.to_string())).collect();
        assert_eq!(prints.len(), different.len());
    }
}
