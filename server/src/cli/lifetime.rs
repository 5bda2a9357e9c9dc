//! How long keys and tokens live.

use magone_core::time::Timestamp;

use crate::clock;

/// Milliseconds of a day.
const DAY_MS: u64 = 86_400_000;

/// A number of days, or for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Days(Option<u32>);

impl Days {
    /// When that is over, from now on.
    pub fn end(self) -> Option<Timestamp> {
        self.0.map(|days| clock::now().plus_millis(u64::from(days) * DAY_MS))
    }
}

/// Days as they are typed.
pub(super) fn days(text: &str) -> Result<Days, String> {
    if text == "never" {
        return Ok(Days(None));
    }
    let number = text.parse().ok().filter(|days| (1..=3_650).contains(days));
    number.map(|days| Days(Some(days))).ok_or_else(|| "a whole number from 1 to 3650, or never".to_owned())
}

/// When something that may be revoked or end by itself does so, in words.
pub(super) fn ending(revoked_at: Option<Timestamp>, expires_at: Option<Timestamp>) -> String {
    match (revoked_at, expires_at) {
        (Some(at), _) => format!("revoked {at}"),
        (None, Some(at)) if at <= clock::now() => format!("expired {at}"),
        (None, Some(at)) => at.to_string(),
        (None, None) => "never".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_numbers_or_never() {
        assert_eq!((days("1"), days("never")), (Ok(Days(Some(1))), Ok(Days(None))));
        assert!(days("1").unwrap().end().is_some_and(|at| at > clock::now()));
        for wrong in ["0", "3651", "-1", "soon", ""] {
            assert!(days(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_ended_says_how() {
        let past = Some(Timestamp::from_millis(1));
        assert!(ending(past, None).starts_with("revoked 1970"));
        assert!(ending(None, past).starts_with("expired 1970"));
        assert_eq!(ending(None, None), "never");
    }
}
