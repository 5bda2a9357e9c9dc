//! Made-up business figures that agree with each other: every agent of a workflow that hears of the
//! same region, quarter and year tells the same numbers.

use magone_core::message::{Message, Role};

/// Regions that are recognised, in the spelling that answers use.
const REGIONS: [&str; 12] = [
    "Abu Dhabi",
    "Ajman",
    "Doha",
    "Dubai",
    "Fujairah",
    "London",
    "Manama",
    "Mumbai",
    "Muscat",
    "Riyadh",
    "Sharjah",
    "Singapore",
];

/// What was asked about, and its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Figures {
    pub region: &'static str,
    /// 1 to 4.
    pub quarter: u64,
    pub year: u64,
    /// Sales in AED in the quarter and the three before it, oldest first.
    pub sales: [u64; 4],
    /// Units sold, in the same quarters.
    pub units: [u64; 4],
    seed: u64,
}

impl Figures {
    /// The figures for what a conversation is about. Of several regions, quarters or years the one
    /// named last counts, users before instructions; the fourth quarter of 2024 in all regions where
    /// none is named.
    pub fn of(messages: &[Message]) -> Self {
        let spoken_by = |role: Role| messages.iter().filter(move |m| m.role == role);
        let text: Vec<_> =
            spoken_by(Role::System).chain(spoken_by(Role::User)).map(|m| m.content.to_lowercase()).collect();
        let text = text.join(" ");
        let words: Vec<_> = text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
        let quarter = words.iter().rev().find_map(|word| quarter(word)).unwrap_or(4);
        let year = words.iter().rev().find_map(|word| year(word)).unwrap_or(2024);
        Self::about(region(&words.join(" ")), quarter, year)
    }

    fn about(region: &'static str, quarter: u64, year: u64) -> Self {
        let seed = hash(&format!("{region}|{quarter}|{year}"));
        let mut figures = Self { region, quarter, year, sales: [0; 4], units: [0; 4], seed };
        let mut sales = figures.between("sales", 80, 160) * 100_000;
        let mut units = figures.between("units", 30, 70);
        let mut history = [(0, 0); 4];
        for (ago, entry) in history.iter_mut().rev().enumerate() {
            *entry = (sales, units);
            sales = sales * 100 / (100 + figures.between(&format!("sales {ago}"), 3, 19));
            units = units * 100 / (100 + figures.between(&format!("units {ago}"), 2, 12));
        }
        figures.sales = history.map(|entry| entry.0);
        figures.units = history.map(|entry| entry.1);
        figures
    }

    /// A number for `what`, at least `low`, below `high`.
    pub fn between(&self, what: &str, low: u64, high: u64) -> u64 {
        low + (self.seed ^ hash(what)) % high.saturating_sub(low).max(1)
    }

    /// The quarter and the three before it, oldest first: `Q4 2024`.
    pub fn periods(&self) -> [String; 4] {
        [3, 2, 1, 0].map(|ago| {
            let quarters = (self.year * 4 + self.quarter).saturating_sub(1 + ago);
            format!("Q{} {}", quarters % 4 + 1, quarters / 4)
        })
    }
}

fn region(words: &str) -> &'static str {
    let padded = format!(" {words} ");
    let place = |region: &&str| padded.rfind(&format!(" {} ", region.to_lowercase()));
    REGIONS.into_iter().filter(|r| place(r).is_some()).max_by_key(place).unwrap_or("All regions")
}

fn quarter(word: &str) -> Option<u64> {
    word.strip_prefix('q')?.parse().ok().filter(|quarter| (1..=4).contains(quarter))
}

fn year(word: &str) -> Option<u64> {
    word.parse().ok().filter(|year| (2_000..2_100).contains(year))
}

/// FNV-1a: the same number on every machine and in every version, which `std`'s hasher is not.
fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Figures {
        Figures::of(&[Message::text(Role::System, "You know Sharjah."), Message::text(Role::User, text)])
    }

    #[test]
    fn the_question_is_understood_and_the_numbers_follow_from_it() {
        let figures = of("Show me Q4 sales KPIs for Dubai region, 2023");
        assert_eq!((figures.region, figures.quarter, figures.year), ("Dubai", 4, 2023));
        assert_eq!(figures, of(r#"{"region":"Dubai","labels":["Q1 2023","Q4 2023"]}"#));
        assert_ne!(figures.sales, of("Q4 2023 in Doha").sales);
        assert_ne!(figures.sales, of("Q3 2023 in Dubai").sales);
        assert_eq!(of("abu dhabi, not dubaimall").region, "Abu Dhabi");
        let default = of("How are we?");
        assert_eq!((default.region, default.quarter, default.year), ("Sharjah", 4, 2024));
    }

    #[test]
    fn the_figures_grow_and_never_reach_zero() {
        for region in REGIONS {
            for quarter in 1..=4 {
                let figures = Figures::about(region, quarter, 2024);
                assert!(figures.sales[0] > 1_000_000 && figures.units[0] > 10, "{figures:?}");
                assert!(figures.sales.is_sorted() && figures.units.is_sorted(), "{figures:?}");
            }
        }
    }

    #[test]
    fn periods_go_back_over_the_turn_of_the_year() {
        assert_eq!(Figures::about("Doha", 2, 2024).periods(), ["Q3 2023", "Q4 2023", "Q1 2024", "Q2 2024"]);
        assert_eq!(Figures::about("Doha", 4, 2024).periods()[0], "Q1 2024");
    }
}
