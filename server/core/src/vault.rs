//! Secrets at rest: AES-256-GCM. What is sealed names its key, and is bound to the place where it is
//! kept, so that a text that was moved to another row opens nothing. Nonces come in as values.

use std::fmt;

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::key::sha256_hex;

/// Form of what is sealed: `v1.<key id>.<base64 of nonce and ciphertext>`.
const FORM: &str = "v1";
const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;
/// Hexadecimal digits that tell keys apart.
const ID_DIGITS: usize = 16;

/// Why a secret cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// It was sealed with a key that is not here.
    #[error("it was sealed with the key {0}, which is not among the keys of this server")]
    UnknownKey(String),
    /// It is no sealed text, was changed, or belongs somewhere else.
    #[error("it was changed, or it belongs to another place")]
    Damaged,
}

struct Key {
    id: String,
    cipher: Aes256Gcm,
}

/// The keys: the first seals, all open.
pub struct Vault {
    first: Key,
    others: Vec<Key>,
}

impl Vault {
    /// From keys as base64 of 32 bytes, with commas between them.
    ///
    /// # Errors
    /// The rest of a sentence that begins with the setting's name.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut keys = text.split(',').map(|key| Key::parse(key.trim()));
        let first = keys.next().unwrap_or(Err(()));
        let others = keys.collect::<Result<Vec<_>, _>>();
        match (first, others) {
            (Ok(first), Ok(others)) => Ok(Self { first, others }),
            _ => Err("has to be the base64 of 32 bytes, or several of them with commas between them, the \
                      newest first; `openssl rand -base64 32` makes one"
                .to_owned()),
        }
    }

    /// Seals a secret for its place. The nonce must come from the operating system's random source and
    /// is used once. `None` only for what is far too large.
    #[must_use]
    pub fn seal(&self, place: &str, secret: &[u8], nonce: [u8; NONCE_BYTES]) -> Option<String> {
        let payload = Payload { msg: secret, aad: place.as_bytes() };
        let sealed = self.first.cipher.encrypt(&Nonce::from(nonce), payload).ok()?;
        let bytes = [nonce.as_slice(), &sealed].concat();
        Some(format!("{FORM}.{}.{}", self.first.id, STANDARD.encode(bytes)))
    }

    /// Opens what was sealed for that place.
    ///
    /// # Errors
    /// [`VaultError`]; nothing of the secret comes out then.
    pub fn open(&self, place: &str, sealed: &str) -> Result<Vec<u8>, VaultError> {
        let (id, encoded) = parts(sealed).ok_or(VaultError::Damaged)?;
        let mut keys = std::iter::once(&self.first).chain(&self.others);
        let key = keys.find(|key| key.id == id).ok_or_else(|| VaultError::UnknownKey(id.to_owned()))?;
        let bytes = STANDARD.decode(encoded).map_err(|_| VaultError::Damaged)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or(VaultError::Damaged)?;
        let payload = Payload { msg: sealed, aad: place.as_bytes() };
        key.cipher.decrypt(&Nonce::from(*nonce), payload).map_err(|_| VaultError::Damaged)
    }

    /// Whether the newest key sealed it.
    #[must_use]
    pub fn is_current(&self, sealed: &str) -> bool {
        parts(sealed).is_some_and(|(id, _)| id == self.first.id)
    }

    /// What all that the newest key sealed begins with.
    #[must_use]
    pub fn mark(&self) -> String {
        format!("{FORM}.{}.", self.first.id)
    }
}

impl Key {
    fn parse(text: &str) -> Result<Self, ()> {
        let bytes = STANDARD.decode(text).map_err(|_| ())?;
        if bytes.len() != KEY_BYTES {
            return Err(());
        }
        let mut id = sha256_hex(&format!("magone vault {text}"));
        id.truncate(ID_DIGITS);
        Ok(Self { id, cipher: Aes256Gcm::new_from_slice(&bytes).map_err(|_| ())? })
    }
}

fn parts(sealed: &str) -> Option<(&str, &str)> {
    sealed.strip_prefix(FORM)?.strip_prefix('.')?.split_once('.')
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("keys", &(self.others.len() + 1)).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> String {
        STANDARD.encode([byte; 32])
    }

    #[test]
    fn what_is_sealed_opens_in_its_place_alone() {
        let vault = Vault::parse(&key(1)).unwrap();
        let sealed = vault.seal("secrets/a", b"hush", [5; 12]).unwrap();
        assert_eq!(vault.open("secrets/a", &sealed).unwrap(), b"hush");
        assert_eq!(vault.open("secrets/b", &sealed), Err(VaultError::Damaged));
        assert!(vault.is_current(&sealed) && sealed.starts_with(&vault.mark()) && !sealed.contains("hush"));
        for at in 0..sealed.len() {
            let mut edited = sealed.clone().into_bytes();
            edited[at] = if edited[at] == b'A' { b'B' } else { b'A' };
            let edited = String::from_utf8(edited).unwrap();
            let opened = vault.open("secrets/a", &edited);
            assert!(opened.is_err() || edited == sealed, "{edited}");
        }
        for rubbish in ["", "v1", "v1..", "v1.x.y", "hush", &sealed[..sealed.len() - 4]] {
            assert!(vault.open("secrets/a", rubbish).is_err(), "{rubbish}");
        }
        assert!(!format!("{vault:?}").contains(&key(1)));
    }

    #[test]
    fn older_keys_open_and_unknown_ones_are_named() {
        let old = Vault::parse(&key(1)).unwrap();
        let sealed = old.seal("p", b"x", [0; 12]).unwrap();
        let rotated = Vault::parse(&format!("{}, {}", key(2), key(1))).unwrap();
        assert_eq!(rotated.open("p", &sealed).unwrap(), b"x");
        assert!(!rotated.is_current(&sealed));
        let other = Vault::parse(&key(3)).unwrap();
        assert!(matches!(other.open("p", &sealed), Err(VaultError::UnknownKey(id)) if id.len() == 16));
    }

    #[test]
    fn keys_that_are_none() {
        for wrong in ["", ",", "short", &STANDARD.encode([1; 31]), &format!("{},", key(1)), "ä"] {
            let why = Vault::parse(wrong).unwrap_err();
            assert!(why.starts_with("has to be the base64 of 32 bytes"), "{why}");
        }
    }
}
