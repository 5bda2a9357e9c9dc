//! Signatures of Standard Webhooks 1.0: HMAC-SHA256 over id, time and body.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const PREFIX: &str = "whsec_";
/// Bytes of a secret, as the standard has them.
const LEAST: usize = 24;
const MOST: usize = 64;

/// The secret that a receiver verifies with. Prints as nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningSecret(Vec<u8>);

/// Why a text is no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is no signing secret")]
pub struct MalformedSecret;

impl SigningSecret {
    /// A new secret, from bytes of the operating system's random source.
    #[must_use]
    pub fn from_random(random: [u8; 32]) -> Self {
        Self(random.to_vec())
    }

    /// From the bytes that were stored.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Reads `whsec_<base64>`.
    ///
    /// # Errors
    /// [`MalformedSecret`], also where it is shorter than 24 bytes or longer than 64.
    pub fn parse(text: &str) -> Result<Self, MalformedSecret> {
        let encoded = text.strip_prefix(PREFIX).ok_or(MalformedSecret)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| MalformedSecret)?;
        (LEAST..=MOST).contains(&bytes.len()).then_some(Self(bytes)).ok_or(MalformedSecret)
    }

    /// The secret itself, for whom it belongs to.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    /// Its bytes, for the vault.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// `v1,<base64>` over `id.timestamp.body`; `timestamp` is in unix seconds.
    #[must_use]
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        // HMAC takes keys of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return String::new() };
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}

/// The header `webhook-signature`: one signature for each secret, the newest first. During a rotation
/// there are two, and a receiver takes either.
#[must_use]
pub fn signatures(secrets: &[SigningSecret], id: &str, timestamp: i64, body: &[u8]) -> String {
    let all: Vec<_> = secrets.iter().map(|secret| secret.sign(id, timestamp, body)).collect();
    all.join(" ")
}
