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

/// The bits behind [`crockford`]'s text; `None` for any other text.
fn bits(text: &str) -> Option<u128> {
    let digit = |letter: u8| ALPHABET.iter().position(|known| *known == letter);
    // 26 digits hold 130 bits.
    if text.len() != 26 || text.bytes().next().and_then(digit)? > 7 {
        return None;
    }
    text.bytes().try_fold(0_u128, |bits, letter| Some(bits << 5 | u128::try_from(digit(letter)?).ok()?))
}

/// The smallest UUIDv7 of a millisecond: the bound that turns a time filter into an id filter.
fn first_of(at: Timestamp) -> u128 {
    u128::from(u64::try_from(at.millis()).unwrap_or(0)) << 80
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "rules", derive(schemars::JsonSchema))]
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

            /// When it was made; `None` for an id that is not of ours.
            #[must_use]
            pub fn made_at(&self) -> Option<Timestamp> {
                let bits = bits(self.0.strip_prefix($prefix)?)?;
                i64::try_from(bits >> 80).ok().map(Timestamp::from_millis)
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
id!(/** Where a tenant wants events to be posted. */ EndpointId, "whe_");
id!(/** Somebody who may use the console. */ AdminId, "adm_");
id!(/** An admin's token. */ AdminTokenId, "tok_");
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
    fn ids_know_when_they_were_made_and_foreign_ones_do_not() {
        let at = Timestamp::from_millis(1_769_851_800_120);
        let id = ExecutionId::from_uuid(first_of(at) | 0x7000_ffff_ffff_ffff_ffff);
        assert_eq!(id.made_at(), Some(at));
        for foreign in
            ["exec_abc123", "", "ten_00000000000000000000000000", "exec_8zzzzzzzzzzzzzzzzzzzzzzzzz"]
        {
            assert_eq!(ExecutionId::from_text(foreign).made_at(), None, "{foreign}");
        }
        assert_eq!(ExecutionId::from_text(id.as_str().replace("exec_0", "exec_u")).made_at(), None);
    }

    #[test]
    fn all_bits_are_written() {
        assert_eq!(TenantId::from_uuid(0).as_str(), "ten_00000000000000000000000000");
        assert_eq!(TenantId::from_uuid(u128::MAX).as_str(), "ten_7zzzzzzzzzzzzzzzzzzzzzzzzz");
    }
}
