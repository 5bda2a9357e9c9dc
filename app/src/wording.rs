//! How times, durations, counts and money read on the screen.

use magone_core::execution::Usage;
use magone_core::time::Timestamp;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A duration in milliseconds: `840 ms`, `12.4 s`, `3 min 05 s`, `2 h 10 min`, `3 d 4 h`.
#[must_use]
pub fn duration(millis: u64) -> String {
    match millis {
        0..SECOND => format!("{millis} ms"),
        SECOND..MINUTE => format!("{}.{} s", millis / SECOND, millis % SECOND / 100),
        MINUTE..HOUR => format!("{} min {:02} s", millis / MINUTE, millis % MINUTE / SECOND),
        HOUR..DAY => format!("{} h {:02} min", millis / HOUR, millis % HOUR / MINUTE),
        _ => format!("{} d {} h", millis / DAY, millis % DAY / HOUR),
    }
}

/// A duration that still runs: no smaller unit than the second, at which it is shown again.
#[must_use]
pub fn ticking(millis: u64) -> String {
    if millis < MINUTE { format!("{} s", millis / SECOND) } else { duration(millis) }
}

/// How long ago, in one unit; what lies ahead reads as now, since clocks differ a little.
#[must_use]
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    match now.millis_since(at) {
        past if past < 5 * SECOND => "just now".to_owned(),
        past if past < MINUTE => format!("{} s ago", past / SECOND),
        past if past < HOUR => format!("{} min ago", past / MINUTE),
        past if past < DAY => format!("{} h ago", past / HOUR),
        past if past < 30 * DAY => format!("{} d ago", past / DAY),
        _ => day(at),
    }
}

/// How long until then, in one unit.
#[must_use]
pub fn until(at: Timestamp, now: Timestamp) -> String {
    match at.millis_since(now) {
        0 => "now".to_owned(),
        ahead if ahead < MINUTE => format!("in {} s", ahead.div_ceil(SECOND)),
        ahead if ahead < HOUR => format!("in {} min", ahead.div_ceil(MINUTE)),
        ahead if ahead < DAY => format!("in {} h", ahead.div_ceil(HOUR)),
        ahead => format!("in {} d", ahead.div_ceil(DAY)),
    }
}

/// To the second, in UTC: `2026-01-31 09:30:00 UTC`.
#[must_use]
pub fn exact(at: Timestamp) -> String {
    let text = at.to_string();
    let (date, rest) = text.split_once('T').unwrap_or((&text, ""));
    let time = rest.split_once('.').map_or(rest, |(time, _)| time);
    format!("{date} {time} UTC")
}

/// The time of day, to the millisecond, in UTC.
#[must_use]
pub fn clock(at: Timestamp) -> String {
    let text = at.to_string();
    text.split_once('T').map_or("", |(_, rest)| rest.trim_end_matches('Z')).to_owned()
}

fn day(at: Timestamp) -> String {
    let text = at.to_string();
    text.split_once('T').map_or_else(String::new, |(date, _)| date.to_owned())
}

/// A count with thin spaces between thousands.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// Dollars: two decimals, or as many as show the first cents of a small sum.
#[must_use]
pub fn cost(usage: Usage) -> String {
    let (dollars, micros) = (usage.cost_micros / 1_000_000, usage.cost_micros % 1_000_000);
    if dollars > 0 || micros == 0 || micros >= 100_000 {
        format!("${}.{:02}", count(dollars), micros / 10_000)
    } else {
        format!("$0.{micros:06}").trim_end_matches('0').to_owned()
    }
}

/// `1 step`, `2 steps`.
#[must_use]
pub fn plural(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_keep_two_units() {
        for (millis, expected) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (12_450, "12.4 s"),
            (185_000, "3 min 05 s"),
            (7_800_000, "2 h 10 min"),
            (273_600_000, "3 d 4 h"),
        ] {
            assert_eq!(duration(millis), expected);
        }
        assert_eq!((ticking(12_450), ticking(185_000)), ("12 s".to_owned(), duration(185_000)));
    }

    #[test]
    fn past_and_future() {
        let at = |seconds: i64| Timestamp::from_millis(1_769_851_800_120 + seconds * 1000);
        let now = at(0);
        assert_eq!(ago(at(3), now), "just now");
        assert_eq!(ago(at(-59), now), "59 s ago");
        assert_eq!(ago(at(-3_600), now), "1 h ago");
        assert_eq!(ago(at(-86_400 * 40), now), "2025-12-22");
        assert_eq!(until(at(-1), now), "now");
        assert_eq!(until(at(12), now), "in 12 s");
        assert_eq!(until(at(61), now), "in 2 min");
        assert_eq!(exact(now), "2026-01-31 09:30:00 UTC");
        assert_eq!(clock(now), "09:30:00.120");
    }

    #[test]
    fn counts_and_money() {
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(count(12), "12");
        let usd = |cost_micros| cost(Usage { cost_micros, ..Usage::default() });
        assert_eq!(
            [usd(0), usd(1_230_000), usd(1_200), usd(140_000)],
            ["$0.00", "$1.23", "$0.0012", "$0.14"]
        );
        assert_eq!(plural(1, "step", "steps"), "1 step");
    }
}
