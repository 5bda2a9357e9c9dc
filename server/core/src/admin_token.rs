//! Admin tokens: `mat_`, 32 random bytes as 43 base62 digits, and a CRC-32 of all that as six more.
//! No tenant's key looks like one, so the two can never stand in for each other, and a mistyped one
//! is told apart without a query.
//!
//! Only the hash of a token is ever stored. A token compares with nothing and prints as nothing.

use std::fmt;

use crate::key::{Malformed, RANDOM_DIGITS, base62, checksum, has_checksum, sha256_hex};

/// What every admin token begins with.
pub const PREFIX: &str = "mat_";
/// Random characters that a list of tokens may show.
const SHOWN_DIGITS: usize = 6;

/// A token of the right form. Whether it opens anything is for the store to say.
#[derive(Clone)]
pub struct AdminToken(String);

impl AdminToken {
    /// A new token. The bytes must come from the operating system's random source; the same bytes
    /// give the same token.
    #[must_use]
    pub fn from_random(random: [u8; 32]) -> Self {
        let mut text = format!("{PREFIX}{}", base62(&random, RANDOM_DIGITS));
        text.push_str(&checksum(&text));
        Self(text)
    }

    /// Reads what a caller sent.
    ///
    /// # Errors
    /// [`Malformed`] when the form is wrong or the checksum does not fit.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let secret = text.strip_prefix(PREFIX).ok_or(Malformed)?;
        if has_checksum(text, secret) { Ok(Self(text.to_owned())) } else { Err(Malformed) }
    }

    /// The token itself: to be shown once to whom it belongs, and never stored or logged.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// SHA-256 of the token in lower-case hexadecimal (FIPS 180-4): what is stored.
    #[must_use]
    pub fn hash(&self) -> String {
        sha256_hex(&self.0)
    }

    /// What a list of tokens may show: everything up to the sixth random character.
    #[must_use]
    pub fn display_prefix(&self) -> &str {
        self.0.get(..PREFIX.len() + SHOWN_DIGITS).unwrap_or_default()
    }
}

impl fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AdminToken({}…)", self.display_prefix())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{ApiKey, KeyMode};
    use crate::slug::Slug;

    #[test]
    fn a_token_is_read_back_and_one_wrong_character_is_noticed() {
        let token = AdminToken::from_random([7; 32]);
        assert_eq!(token.reveal().len(), PREFIX.len() + 43 + 6);
        assert_eq!(AdminToken::parse(token.reveal()).unwrap().hash(), token.hash());
        assert_eq!(format!("{token:?}"), format!("AdminToken({}…)", &token.reveal()[..10]));
        for at in 0..token.reveal().len() {
            let mut wrong = token.reveal().to_owned();
            let other = if &wrong[at..=at] == "x" { "y" } else { "x" };
            wrong.replace_range(at..=at, other);
            assert!(AdminToken::parse(&wrong).is_err(), "{wrong}");
        }
        for wrong in ["", "mat_", "mat", &token.reveal()[4..], &format!("{} ", token.reveal())] {
            assert!(AdminToken::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn keys_and_tokens_never_stand_in_for_each_other() {
        let key = ApiKey::from_random(&Slug::parse("mat").unwrap(), KeyMode::Live, [7; 32]);
        assert!(AdminToken::parse(key.reveal()).is_err());
        assert!(ApiKey::parse(AdminToken::from_random([7; 32]).reveal()).is_err());
    }
}
