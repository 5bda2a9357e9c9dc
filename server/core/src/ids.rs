//! Identifiers: a prefix and a UUIDv7 as 26 characters of Crockford base32 (lower case).
//!
//! The core mints none: the 128 bits come in as a value. Because a UUIDv7 begins with its time,
//! ids of one kind sort by creation; lists page by them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// 128 bits as 26 characters of Crockford base32, most significant first.
fn crockford(bits: u128) -> String {
    (0..26_u32)
        .rev()
        .filter_map(|i| {
            let digit = usize::try_from((bits >> (i * 5)) & 31).ok()?;
            ALPHABET.get(digit).copied().map(char::from)
        })
        .collect()
}

/// The smallest UUIDv7 of a millisecond: the bound that turns a time filter into an id filter.
fn first_of(at: Timestamp) -> u128 {
    u128::from(u64::try_from(at.millis()).unwrap_or(0)) << 80
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// What every id of this kind begins with.
            pub const PREFIX: &'static str = $prefix;

            /// From the 128 bits of a UUIDv7.
            #[must_use]
            pub fn from_uuid(bits: u128) -> Self {
                Self(format!(concat!($prefix, "{}"), crockford(bits)))
            }

            /// An id that came from outside or was stored; no shape is asked for, since rows
            /// inserted by hand carry ids of their own.
            #[must_use]
            pub fn from_text(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// Sorts before every id of this kind that was made at `at` or later.
            #[must_use]
            pub fn lower_bound(at: Timestamp) -> Self {
                Self::from_uuid(first_of(at))
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

id!(/** One run of a workflow. */ ExecutionId, "exec_");
id!(/** A tenant. */ TenantId, "ten_");
id!(/** A definition as one tenant sees it, under a slug of its own. */ TenantWorkflowId, "twf_");
id!(/** An API key. */ KeyId, "key_");
id!(/** One webhook to be delivered. */ DeliveryId, "whd_");
id!(/** Somebody who may use the console. */ AdminId, "adm_");
id!(/** A console session. */ SessionId, "ses_");
id!(/** An entry of the audit log. */ AuditId, "aud_");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_a_prefix_and_26_characters_that_sort_by_time() {
        let early = ExecutionId::from_uuid(first_of(Timestamp::from_millis(1_000)) | 0xffff);
        let late = ExecutionId::from_uuid(first_of(Timestamp::from_millis(1_001)));
        assert_eq!(early.as_str().len(), "exec_".len() + 26);
        assert!(early < late);
        assert!(ExecutionId::lower_bound(Timestamp::from_millis(1_001)) <= late);
        assert!(ExecutionId::lower_bound(Timestamp::from_millis(1_001)) > early);
    }

    #[test]
    fn all_bits_are_written() {
        assert_eq!(TenantId::from_uuid(0).as_str(), "ten_00000000000000000000000000");
        assert_eq!(TenantId::from_uuid(u128::MAX).as_str(), "ten_7zzzzzzzzzzzzzzzzzzzzzzzzz");
    }
}
