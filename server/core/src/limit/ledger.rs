//! What a tenant used in this day and month, and what its runs under way may still use.
//!
//! A run reserves what its definition lets it use, at most what is left. When it ends, the reservation
//! goes and what it used counts. What is stored is the truth; a ledger is what is known of it by heart.

use std::ops::{AddAssign, SubAssign};

use serde::Serialize;

use super::period::Day;
use super::quota::{Exhausted, Quota, Quotas};
use crate::execution::Usage;
use crate::time::Timestamp;

/// Tokens and cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Tokens in both directions.
    pub tokens: u64,
    /// Millionths of a US dollar.
    pub cost_micros: u64,
}

impl From<Usage> for Spent {
    fn from(usage: Usage) -> Self {
        Self { tokens: usage.tokens(), cost_micros: usage.cost_micros }
    }
}

impl AddAssign for Spent {
    fn add_assign(&mut self, other: Self) {
        self.tokens = self.tokens.saturating_add(other.tokens);
        self.cost_micros = self.cost_micros.saturating_add(other.cost_micros);
    }
}

impl SubAssign for Spent {
    fn sub_assign(&mut self, other: Self) {
        self.tokens = self.tokens.saturating_sub(other.tokens);
        self.cost_micros = self.cost_micros.saturating_sub(other.cost_micros);
    }
}

/// What is stored of a tenant's usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// The day that they are for.
    pub day: Day,
    /// Runs that began on it.
    pub runs: u64,
    /// What was used on it.
    pub today: Spent,
    /// What was used in its month, this day included.
    pub month: Spent,
}

/// One quota as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct QuotaStanding {
    /// Which one.
    pub quota: Quota,
    /// Its bound; `None`: there is none.
    pub limit: Option<u64>,
    /// What was used.
    pub used: u64,
    /// What runs under way may still use.
    pub reserved: u64,
    /// When it is fresh again.
    pub resets_at: Timestamp,
}

impl QuotaStanding {
    /// What is left; `None`: there is no bound.
    #[must_use]
    pub fn remaining(&self) -> Option<u64> {
        self.limit.map(|limit| limit.saturating_sub(self.used).saturating_sub(self.reserved))
    }
}

/// What a tenant used and reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ledger {
    figures: Figures,
    reserved: Spent,
}

impl Ledger {
    /// With what is stored, and what runs under way reserved.
    #[must_use]
    pub fn new(figures: Figures, reserved: Spent) -> Self {
        Self { figures, reserved }
    }

    /// Whether it can be rolled on to that moment. After a clock was set back to another day, what is
    /// stored has to be read again.
    #[must_use]
    pub fn reaches(&self, now: Timestamp) -> bool {
        Day::of(now) >= self.figures.day
    }

    /// Counts a run that begins, and reserves what it wants: at most what is left, and nothing of what it
    /// names no bound for.
    ///
    /// # Errors
    /// Where a quota is used up; nothing is counted then.
    pub fn begin(
        &mut self,
        quotas: &Quotas,
        wanted: [Option<u64>; 2],
        now: Timestamp,
    ) -> Result<Spent, Exhausted> {
        self.roll(Day::of(now));
        let standings = self.standings(quotas);
        let over = standings.iter().filter(|standing| standing.remaining() == Some(0));
        if let Some(worst) = over.max_by_key(|standing| standing.resets_at) {
            let limit = worst.limit.unwrap_or_default();
            return Err(Exhausted { quota: worst.quota, limit, resets_at: worst.resets_at });
        }
        self.figures.runs = self.figures.runs.saturating_add(1);
        Ok(self.reserve(quotas, wanted))
    }

    /// Reserves for a run that is counted already.
    pub fn reserve(&mut self, quotas: &Quotas, wanted: [Option<u64>; 2]) -> Spent {
        let standings = self.standings(quotas);
        let left = |cost: bool| {
            let of = |standing: &&QuotaStanding| {
                standing.quota != Quota::RunsPerDay && standing.quota.is_cost() == cost
            };
            standings.iter().filter(of).filter_map(QuotaStanding::remaining).min()
        };
        let share = |wanted: Option<u64>, left: Option<u64>| match (wanted, left) {
            (Some(wanted), Some(left)) => wanted.min(left),
            (Some(wanted), None) => wanted,
            (None, _) => 0,
        };
        let [tokens, cost] = wanted;
        let reserved = Spent { tokens: share(tokens, left(false)), cost_micros: share(cost, left(true)) };
        self.reserved += reserved;
        reserved
    }

    /// Takes back what [`Self::begin`] counted for a run that did not begin.
    pub fn withdraw(&mut self, reserved: Spent) {
        self.figures.runs = self.figures.runs.saturating_sub(1);
        self.reserved -= reserved;
    }

    /// A run ended at that moment: its reservation goes, what it used counts.
    pub fn settle(&mut self, reserved: Spent, used: Spent, at: Timestamp) {
        self.reserved -= reserved;
        let day = Day::of(at);
        self.roll(day);
        if day == self.figures.day {
            self.figures.today += used;
        }
        if day.month() == self.figures.day.month() {
            self.figures.month += used;
        }
    }

    /// Every quota as it stands at that moment.
    #[must_use]
    pub fn look(&self, quotas: &Quotas, now: Timestamp) -> [QuotaStanding; 5] {
        let mut copy = *self;
        copy.roll(Day::of(now));
        copy.standings(quotas)
    }

    fn standings(&self, quotas: &Quotas) -> [QuotaStanding; 5] {
        let figures = &self.figures;
        Quota::ALL.map(|quota| {
            let (used, reserved) = match quota {
                Quota::RunsPerDay => (figures.runs, 0),
                Quota::TokensPerDay => (figures.today.tokens, self.reserved.tokens),
                Quota::TokensPerMonth => (figures.month.tokens, self.reserved.tokens),
                Quota::CostPerDay => (figures.today.cost_micros, self.reserved.cost_micros),
                Quota::CostPerMonth => (figures.month.cost_micros, self.reserved.cost_micros),
            };
            let resets_at = quota.ends(figures.day);
            QuotaStanding { quota, limit: quota.bound(quotas), used, reserved, resets_at }
        })
    }

    fn roll(&mut self, day: Day) {
        if day <= self.figures.day {
            return;
        }
        let month = match day.month() == self.figures.day.month() {
            true => self.figures.month,
            false => Spent::default(),
        };
        self.figures = Figures { day, runs: 0, today: Spent::default(), month };
    }
}
