//! Days and months, in UTC.

use std::fmt;

use time::{Date, Month as Name, OffsetDateTime};

use crate::time::Timestamp;

const DAY_MS: i64 = 86_400_000;

/// A day in UTC. Its text form is `2026-01-31`, so texts sort as days do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i64);

impl Day {
    /// The day of a moment.
    #[must_use]
    pub fn of(at: Timestamp) -> Self {
        Self(at.millis().div_euclid(DAY_MS))
    }

    /// When it begins.
    #[must_use]
    pub fn start(self) -> Timestamp {
        Timestamp::from_millis(self.0.saturating_mul(DAY_MS))
    }

    /// When the next one begins.
    #[must_use]
    pub fn end(self) -> Timestamp {
        Self(self.0.saturating_add(1)).start()
    }

    /// Its month.
    #[must_use]
    pub fn month(self) -> Month {
        let date = self.date();
        Month { year: date.year(), month: u8::from(date.month()) }
    }

    /// The day of that text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Timestamp::parse(&format!("{text}T00:00:00Z")).map(Self::of)
    }

    fn date(self) -> Date {
        self.start().to_offset().date()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = self.date();
        write!(f, "{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
    }
}

/// A month in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i32,
    month: u8,
}

impl Month {
    /// Its first day.
    #[must_use]
    pub fn first(self) -> Day {
        let month = Name::try_from(self.month).unwrap_or(Name::January);
        let date = Date::from_calendar_date(self.year, month, 1).unwrap_or(Date::MIN);
        Day::of(Timestamp::from_offset(OffsetDateTime::new_utc(date, time::Time::MIDNIGHT)))
    }

    /// When the next one begins.
    #[must_use]
    pub fn end(self) -> Timestamp {
        let next = match self.month {
            12 => Self { year: self.year.saturating_add(1), month: 1 },
            month => Self { month: month.saturating_add(1), ..self },
        };
        next.first().start()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_months_end_where_the_next_begin() {
        let at = |text: &str| Timestamp::parse(text).unwrap();
        for (moment, day, ends, month_ends) in [
            ("2026-01-31T23:59:59.999Z", "2026-01-31", "2026-02-01T00:00:00Z", "2026-02-01T00:00:00Z"),
            ("2028-02-29T00:00:00Z", "2028-02-29", "2028-03-01T00:00:00Z", "2028-03-01T00:00:00Z"),
            ("2026-12-05T12:00:00Z", "2026-12-05", "2026-12-06T00:00:00Z", "2027-01-01T00:00:00Z"),
        ] {
            let found = Day::of(at(moment));
            assert_eq!(found.to_string(), day);
            assert_eq!(Day::parse(day), Some(found));
            assert_eq!((found.end(), found.month().end()), (at(ends), at(month_ends)));
            assert_eq!(found.month().first().month(), found.month());
        }
        assert_eq!(Day::parse("soon"), None);
    }
}
