//! API keys: `{slug}_live_` or `{slug}_test_`, 32 random bytes as 43 base62 digits, and a CRC-32 of
//! all that as six more, so that a mistyped key is told apart without a query. Keys issued before
//! this format (`{slug}_live_` and 48 hexadecimal digits) carry no checksum and are still taken.
//!
//! Only the hash of a key is ever stored. A key compares with nothing and prints as nothing: look
//! it up by its hash.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::slug::{self, Slug};

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Base62 digits that 32 bytes need.
pub(crate) const RANDOM_DIGITS: usize = 43;
/// Base62 digits that 4 bytes need.
const CHECKSUM_DIGITS: usize = 6;
const LEGACY_DIGITS: usize = 48;
/// Random characters that a list of keys may show.
const SHOWN_DIGITS: usize = 6;

/// Whether a key starts real runs or scripted ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyMode {
    /// Real models, real cost.
    Live,
    /// The scripted model, no cost.
    Test,
}

impl KeyMode {
    fn word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }
}

/// A key of the right form. Whether it opens anything is for the store to say.
#[derive(Clone)]
pub struct ApiKey {
    text: String,
    slug_length: usize,
    mode: KeyMode,
    legacy: bool,
}

/// Why a text is no key. Nothing has to be looked up to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is no API key")]
pub struct Malformed;

impl ApiKey {
    /// A new key. The bytes must come from the operating system's random source; the same bytes
    /// give the same key.
    #[must_use]
    pub fn from_random(slug: &Slug, mode: KeyMode, random: [u8; 32]) -> Self {
        let mut text = format!("{slug}_{}_{}", mode.word(), base62(&random, RANDOM_DIGITS));
        text.push_str(&checksum(&text));
        Self { text, slug_length: slug.as_str().len(), mode, legacy: false }
    }

    /// Reads what a caller sent.
    ///
    /// # Errors
    /// [`Malformed`] when the form is wrong or the checksum does not fit.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let (head, secret) = text.rsplit_once('_').ok_or(Malformed)?;
        let (slug, word) = head.rsplit_once('_').ok_or(Malformed)?;
        let mode = match word {
            "live" => KeyMode::Live,
            "test" => KeyMode::Test,
            _ => return Err(Malformed),
        };
        slug::check(slug).map_err(|_| Malformed)?;
        let legacy = secret.len() == LEGACY_DIGITS;
        let good = if legacy {
            mode == KeyMode::Live && secret.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        } else {
            has_checksum(text, secret)
        };
        if !good {
            return Err(Malformed);
        }
        Ok(Self { text: text.to_owned(), slug_length: slug.len(), mode, legacy })
    }

    /// The key itself: to be shown once to whom it belongs, and never stored or logged.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// SHA-256 of the key in lower-case hexadecimal (FIPS 180-4): what is stored.
    #[must_use]
    pub fn hash(&self) -> String {
        sha256_hex(&self.text)
    }

    /// What a list of keys may show: everything up to the sixth random character.
    #[must_use]
    pub fn display_prefix(&self) -> &str {
        let shown = self.slug_length + "_live_".len() + SHOWN_DIGITS;
        self.text.get(..shown).unwrap_or_default()
    }

    /// The slug in front. The tenant may be named otherwise by now: the hash decides, not this.
    #[must_use]
    pub fn slug(&self) -> &str {
        self.text.get(..self.slug_length).unwrap_or_default()
    }

    /// Live or test.
    #[must_use]
    pub fn mode(&self) -> KeyMode {
        self.mode
    }

    /// Whether the key is of the older form, without a checksum.
    #[must_use]
    pub fn is_legacy(&self) -> bool {
        self.legacy
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({}…)", self.display_prefix())
    }
}

/// SHA-256 of a text in lower-case hexadecimal (FIPS 180-4).
pub(crate) fn sha256_hex(text: &str) -> String {
    use fmt::Write;
    Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Whether `secret`, the end of `text`, is random digits and then the checksum of all before it.
pub(crate) fn has_checksum(text: &str, secret: &str) -> bool {
    secret.len() == RANDOM_DIGITS + CHECKSUM_DIGITS
        && secret.bytes().all(|b| b.is_ascii_alphanumeric())
        && text
            .len()
            .checked_sub(CHECKSUM_DIGITS)
            .and_then(|at| text.split_at_checked(at))
            .is_some_and(|(body, sum)| checksum(body) == sum)
}

/// CRC-32 (IEEE) as six base62 digits.
pub(crate) fn checksum(text: &str) -> String {
    base62(&crc32fast::hash(text.as_bytes()).to_be_bytes(), CHECKSUM_DIGITS)
}

/// A big-endian number in base62, most significant digit first, padded to `digits`.
pub(crate) fn base62(number: &[u8], digits: usize) -> String {
    let mut rest = number.to_vec();
    let mut text: Vec<char> = (0..digits)
        .map(|_| {
            let mut carry = 0_u16;
            for byte in &mut rest {
                let part = carry * 256 + u16::from(*byte);
                *byte = u8::try_from(part / 62).unwrap_or_default();
                carry = part % 62;
            }
            char::from(DIGITS.get(usize::from(carry)).copied().unwrap_or(b'0'))
        })
        .collect();
    text.reverse();
    text.into_iter().collect()
}

#[cfg(test)]
#[path = "key_test.rs"]
mod tests;
