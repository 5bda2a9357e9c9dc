//! Slugs: the short names in URLs and in front of keys.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a slug must look like, in one sentence.
const RULE: &str = "a slug is 1 to 100 characters of a-z, 0-9 and '-', and does not begin with '-'";

/// The longest slug, in bytes.
pub const MAX_LENGTH: usize = 100;

/// A name that fits `[a-z0-9][a-z0-9-]{0,99}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

impl Slug {
    /// Takes over a text that fits the rule.
    ///
    /// # Errors
    /// The sentence of [`check`].
    pub fn parse(text: impl Into<String>) -> Result<Self, &'static str> {
        let text = text.into();
        check(&text).map(|()| Self(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Slug {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(text)
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.0
    }
}

/// Whether `text` is a slug.
///
/// # Errors
/// One sentence that says what a slug looks like.
pub fn check(text: &str) -> Result<(), &'static str> {
    let fits = text.len() <= MAX_LENGTH
        && !text.starts_with('-')
        && !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if fits { Ok(()) } else { Err(RULE) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule() {
        for good in ["a", "0", "kpi-sales", "a-", "a--b", &"x".repeat(100)] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in ["", "-", "-a", "A", "a_b", "a b", "ä", "a\n", "a/b", "a.b", &"x".repeat(101)] {
            assert_eq!(check(bad), Err(RULE), "{bad:?}");
        }
    }

    #[test]
    fn json_that_is_no_slug_is_refused() {
        assert_eq!(serde_json::from_str::<Slug>("\"a-b\"").unwrap().as_str(), "a-b");
        assert!(serde_json::from_str::<Slug>("\"A\"").is_err());
    }
}
