//! What may be used in a day or a month.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::period::Day;
use crate::time::Timestamp;

/// Quotas; `None`: no bound. Cost is in millionths of a US dollar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quotas {
    /// Runs that begin in a day.
    pub runs_per_day: Option<u64>,
    /// Tokens of models, in both directions, in a day.
    pub tokens_per_day: Option<u64>,
    /// The same in a month.
    pub tokens_per_month: Option<u64>,
    /// Cost of models in a day.
    pub cost_per_day: Option<u64>,
    /// The same in a month.
    pub cost_per_month: Option<u64>,
}

/// Which quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Quota {
    /// `max_runs_per_day`.
    RunsPerDay,
    /// `max_tokens_per_day`.
    TokensPerDay,
    /// `max_tokens_per_month`.
    TokensPerMonth,
    /// `max_cost_usd_per_day`.
    CostPerDay,
    /// `max_cost_usd_per_month`.
    CostPerMonth,
}

impl Quota {
    /// Every quota, in the order in which they are shown.
    pub const ALL: [Self; 5] =
        [Self::RunsPerDay, Self::TokensPerDay, Self::TokensPerMonth, Self::CostPerDay, Self::CostPerMonth];

    /// The setting that bounds it.
    #[must_use]
    pub fn setting(self) -> &'static str {
        match self {
            Self::RunsPerDay => "max_runs_per_day",
            Self::TokensPerDay => "max_tokens_per_day",
            Self::TokensPerMonth => "max_tokens_per_month",
            Self::CostPerDay => "max_cost_usd_per_day",
            Self::CostPerMonth => "max_cost_usd_per_month",
        }
    }

    /// Whether it is an amount of money.
    #[must_use]
    pub fn is_cost(self) -> bool {
        matches!(self, Self::CostPerDay | Self::CostPerMonth)
    }

    /// When what was used of it on a day is fresh again.
    #[must_use]
    pub fn ends(self, day: Day) -> Timestamp {
        match self {
            Self::RunsPerDay | Self::TokensPerDay | Self::CostPerDay => day.end(),
            Self::TokensPerMonth | Self::CostPerMonth => day.month().end(),
        }
    }

    pub(super) fn bound(self, quotas: &Quotas) -> Option<u64> {
        match self {
            Self::RunsPerDay => quotas.runs_per_day,
            Self::TokensPerDay => quotas.tokens_per_day,
            Self::TokensPerMonth => quotas.tokens_per_month,
            Self::CostPerDay => quotas.cost_per_day,
            Self::CostPerMonth => quotas.cost_per_month,
        }
    }
}

/// A quota that is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted {
    /// Which one; where there are several, the one that is fresh again last.
    pub quota: Quota,
    /// Its bound.
    pub limit: u64,
    /// When it is fresh again.
    pub resets_at: Timestamp,
}
