//! What a provider's error says, without what it must not say: providers repeat keys in their
//! errors, whole or in part.

/// The longest excerpt, in characters.
const EXCERPT: usize = 500;
/// So many characters of a key in a row give it away.
const TELLING: usize = 8;

/// The bytes of a body that an excerpt is made of.
pub(super) const EXCERPT_BYTES: usize = 4 * 1024;

/// The first 500 characters of a body on one line, with every telling part of the key blacked out.
pub(super) fn excerpt(body: &[u8], key: Option<&str>) -> String {
    let text = String::from_utf8_lossy(body.get(..EXCERPT_BYTES).unwrap_or(body));
    let text: Vec<char> = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let key: Vec<char> = key.unwrap_or_default().chars().collect();
    let size = TELLING.min(key.len());
    let mut shown = String::new();
    let mut hidden_until = 0;
    for (at, character) in text.iter().enumerate() {
        let part = text.get(at..at.saturating_add(size)).filter(|part| !part.is_empty());
        if part.is_some_and(|part| key.windows(size).any(|telling| telling == part)) {
            if at >= hidden_until {
                shown.push_str("[redacted]");
            }
            hidden_until = at.saturating_add(size);
        }
        if at >= hidden_until {
            shown.push(*character);
        }
    }
    shown.chars().take(EXCERPT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "sk-proj-AbCdEfGhIjKlMnOpQrStUvWxYz";

    #[test]
    fn no_part_of_the_key_is_left() {
        for said in [
            format!(r#"{{"message":"Incorrect API key provided: {KEY}."}}"#),
            format!("{KEY}{KEY}\n{KEY}"),
            "bad key 'sk-proj-AbCd****WxYz', sorry".to_owned(),
            "bad key ****QrStUvWxYz".to_owned(),
        ] {
            let shown = excerpt(said.as_bytes(), Some(KEY));
            assert!(shown.contains("[redacted]"), "{shown}");
            assert!(
                KEY.as_bytes().windows(8).all(|part| !shown.contains(std::str::from_utf8(part).unwrap())),
                "{shown}"
            );
        }
        assert_eq!(excerpt(b"no such model", Some(KEY)), "no such model");
        assert_eq!(excerpt(b"key abc", Some("abc")), "key [redacted]");
        assert_eq!(excerpt(b"no key", None), "no key");
    }

    #[test]
    fn excerpts_are_short_and_on_one_line() {
        let shown = excerpt("a\nü\u{0}".repeat(10_000).as_bytes(), Some(KEY));
        assert_eq!(shown.chars().count(), 500);
        assert!(!shown.contains(['\n', '\u{0}']));
        assert!(excerpt(&[0xff; 10], None).contains('\u{fffd}'));
    }
}
