//! Passwords of admins: argon2id (RFC 9106), off the async threads, because one hash takes tens of
//! milliseconds of a core on purpose.

use std::ops::RangeInclusive;

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};

use crate::ServiceError;

/// Characters that a password may have: at least 12 (NIST SP 800-63B asks for 8; admins get more),
/// at most 1,024, because argon2 reads it all.
pub(crate) const LENGTHS: RangeInclusive<usize> = 12..=1_024;

fn fault(why: impl std::fmt::Display) -> ServiceError {
    ServiceError::Internal(format!("password hashing: {why}"))
}

/// The PHC string of a password under 16 bytes of salt.
pub(crate) async fn hash(password: String, salt: [u8; 16]) -> Result<String, ServiceError> {
    blocking(move || {
        let salt = SaltString::encode_b64(&salt).map_err(fault)?;
        Ok(Argon2::default().hash_password(password.as_bytes(), &salt).map_err(fault)?.to_string())
    })
    .await
}

/// Whether a password fits a PHC string.
pub(crate) async fn fits(password: String, stored: String) -> Result<bool, ServiceError> {
    blocking(move || {
        let stored = PasswordHash::new(&stored).map_err(fault)?;
        Ok(Argon2::default().verify_password(password.as_bytes(), &stored).is_ok())
    })
    .await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ServiceError> + Send + 'static,
) -> Result<T, ServiceError> {
    tokio::task::spawn_blocking(work).await.map_err(fault)?
}
