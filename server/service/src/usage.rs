//! What a tenant used: the very figures that quotas are judged by.

use magone_core::grant::Scope;
use magone_core::limit::{Day, QuotaStanding};
use magone_core::time::Timestamp;
use magone_store::DayUsage;
use schemars::JsonSchema;
use serde::Serialize;

use crate::limits::dollars;
use crate::{ServiceError, Services, TenantCaller};

/// What a tenant used in this day and month, in UTC.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct TenantUsage {
    /// In this day.
    pub day: PeriodUsage,
    /// Each day of this month on which something ended, the latest first.
    pub days: Vec<DayUsage>,
    /// In this month.
    pub month: PeriodUsage,
}

/// What was used in a day or a month.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PeriodUsage {
    /// Cost of models, in US dollars; exact to a millionth.
    pub cost_usd: f64,
    /// What executions under way may still use.
    pub reserved: Reserved,
    /// When the next one begins.
    pub resets_at: Timestamp,
    /// Executions that were accepted; those with test keys do not count.
    pub runs: u64,
    /// Tokens of models, in both directions.
    pub tokens: u64,
}

/// What executions under way may still use; it counts as used until they end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Reserved {
    /// In US dollars; exact to a millionth.
    pub cost_usd: f64,
    /// Tokens of models, in both directions.
    pub tokens: u64,
}

impl Services {
    /// What the tenant used in this day and month, in UTC, and what its runs under way may still use.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], or what the store says.
    pub async fn usage(&self, caller: &TenantCaller) -> Result<TenantUsage, ServiceError> {
        caller.require(Scope::Read)?;
        let today = Day::of((self.clock.now)());
        let standing = self.standing(caller).await?;
        let mut days = self.store.tenant(&caller.tenant.id).usage_since(today.month().first()).await?;
        let [runs, tokens, tokens_month, cost, cost_month] = standing.quotas.as_slice() else {
            return Err(ServiceError::Internal("the tenant's usage is not known".to_owned()));
        };
        let runs_of_month = days.iter().filter(|day| day.day != today.to_string()).map(|day| day.runs);
        let runs_of_month = runs_of_month.fold(runs.used, u64::saturating_add);
        days.reverse();
        Ok(TenantUsage {
            day: period(runs.used, tokens, cost),
            days,
            month: period(runs_of_month, tokens_month, cost_month),
        })
    }
}

fn period(runs: u64, tokens: &QuotaStanding, cost: &QuotaStanding) -> PeriodUsage {
    PeriodUsage {
        cost_usd: dollars(cost.used),
        reserved: Reserved { cost_usd: dollars(cost.reserved), tokens: tokens.reserved },
        resets_at: tokens.resets_at,
        runs,
        tokens: tokens.used,
    }
}
