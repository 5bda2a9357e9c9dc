//! What a tenant may use, read from its row.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::quota::Quotas;
use crate::execution::Usage;
use crate::tenant::Tenant;

/// Reads are admitted so many times as often as starts.
const READS_PER_START: u32 = 10;
/// And at least so often in a minute.
const READS_LEAST: u32 = 600;

/// A setting that is a whole number: its name, what it may be, and what counts where it is not set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Its name.
    pub name: &'static str,
    /// What it may be.
    pub range: RangeInclusive<u64>,
    default: u32,
}

impl Bound {
    /// Runs of a tenant that are carried out at a time.
    pub const CONCURRENT: Self = Self { name: "max_concurrent_runs", range: 1..=1_000_000, default: 100 };
    /// Runs of a tenant that wait for a place.
    pub const QUEUED: Self = Self { name: "max_queued_runs", range: 0..=10_000_000, default: 10_000 };
    /// A tenant's share of what all tenants compete for, beside the others' shares.
    pub const WEIGHT: Self = Self { name: "weight", range: 1..=1_000, default: 1 };
    /// Starts or reads in a minute.
    pub const RATE: RangeInclusive<u64> = 0..=2_147_483_647;
}

/// A tenant's part of what is to be shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Runs that are carried out at a time.
    pub most: u32,
    /// Its weight beside others.
    pub weight: u32,
}

/// What a tenant may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Starts of runs in a minute; `None`: no limit.
    pub starts: Option<u32>,
    /// Starts in a minute of single workflows, by slug.
    pub workflows: BTreeMap<String, u32>,
    /// Runs that are carried out at a time, and the weight beside other tenants.
    pub share: Share,
    /// Runs that wait for a place.
    pub queued: u32,
    /// What may be used in a day or a month.
    pub quotas: Quotas,
    /// Names of settings that are not what they have to be, and are passed over.
    pub ignored: Vec<&'static str>,
}

impl Default for Allowance {
    fn default() -> Self {
        Self::read(None, &Map::new())
    }
}

impl Allowance {
    /// From a tenant's row. A setting that is not what it has to be is passed over, as if it were not
    /// there: a script may have written it, and the others still count.
    #[must_use]
    pub fn of(tenant: &Tenant) -> Self {
        match &tenant.settings {
            Value::Object(settings) => Self::read(tenant.rate_limit_per_minute, settings),
            _ => Self::read(tenant.rate_limit_per_minute, &Map::new()),
        }
    }

    fn read(starts: Option<u32>, settings: &Map<String, Value>) -> Self {
        let mut reading = Reading { settings, ignored: Vec::new() };
        let share = Share { most: reading.whole(&Bound::CONCURRENT), weight: reading.whole(&Bound::WEIGHT) };
        Self {
            starts,
            workflows: reading.rates("workflow_rate_limits"),
            share,
            queued: reading.whole(&Bound::QUEUED),
            quotas: Quotas {
                runs_per_day: reading.quota("max_runs_per_day", Value::as_u64),
                tokens_per_day: reading.quota("max_tokens_per_day", Value::as_u64),
                tokens_per_month: reading.quota("max_tokens_per_month", Value::as_u64),
                cost_per_day: reading.quota("max_cost_usd_per_day", micros),
                cost_per_month: reading.quota("max_cost_usd_per_month", micros),
            },
            ignored: reading.ignored,
        }
    }

    /// Reads in a minute; `None`: no limit.
    #[must_use]
    pub fn reads(&self) -> Option<u32> {
        self.starts.map(|starts| starts.saturating_mul(READS_PER_START).max(READS_LEAST))
    }

    /// Runs that may be under way and waiting together.
    #[must_use]
    pub fn open_runs(&self) -> u32 {
        self.share.most.saturating_add(self.queued)
    }
}

fn micros(value: &Value) -> Option<u64> {
    value.as_f64().and_then(Usage::micros_of)
}

struct Reading<'a> {
    settings: &'a Map<String, Value>,
    ignored: Vec<&'static str>,
}

impl Reading<'_> {
    fn whole(&mut self, bound: &Bound) -> u32 {
        let fits = |value: &Value| value.as_u64().filter(|number| bound.range.contains(number));
        let found = self.quota(bound.name, fits).and_then(|number| u32::try_from(number).ok());
        found.unwrap_or(bound.default)
    }

    fn quota(&mut self, name: &'static str, read: impl Fn(&Value) -> Option<u64>) -> Option<u64> {
        let value = self.settings.get(name).filter(|value| !value.is_null())?;
        let read = read(value);
        if read.is_none() {
            self.ignored.push(name);
        }
        read
    }

    fn rates(&mut self, name: &'static str) -> BTreeMap<String, u32> {
        let Some(value) = self.settings.get(name).filter(|value| !value.is_null()) else {
            return BTreeMap::new();
        };
        let rate = |(of, rate): (&String, &Value)| {
            let rate = rate.as_u64().filter(|rate| Bound::RATE.contains(rate))?;
            Some((of.clone(), u32::try_from(rate).ok()?))
        };
        let rates = value.as_object().and_then(|rates| rates.iter().map(rate).collect());
        if rates.is_none() {
            self.ignored.push(name);
        }
        rates.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ids::TenantId;

    fn allowance(rate: Option<u32>, settings: Value) -> Allowance {
        Allowance::of(&Tenant {
            id: TenantId::from_text("ten_1"),
            name: "One".to_owned(),
            slug: "one".to_owned(),
            is_active: true,
            rate_limit_per_minute: rate,
            settings,
        })
    }

    #[test]
    fn what_is_not_set_has_its_default() {
        let found = allowance(Some(60), json!({"max_queued_runs": null, "theme": "dark"}));
        assert_eq!((found.share.most, found.share.weight, found.queued), (100, 1, 10_000));
        assert_eq!((found.starts, found.reads(), found.open_runs()), (Some(60), Some(600), 10_100));
        assert_eq!((found.quotas, found.ignored), (Quotas::default(), Vec::new()));
        assert_eq!(allowance(Some(100), json!(7)).reads(), Some(1_000));
        assert_eq!(allowance(None, json!({})).reads(), None);
    }

    #[test]
    fn what_is_wrong_is_passed_over_and_named() {
        let found = allowance(
            None,
            json!({
                "max_concurrent_runs": 0, "max_queued_runs": 3, "max_tokens_per_day": "many",
                "max_cost_usd_per_day": 0.25, "max_cost_usd_per_month": -1,
                "workflow_rate_limits": {"a": 5, "b": -5}, "weight": 2,
            }),
        );
        assert_eq!((found.share.most, found.queued), (100, 3));
        assert_eq!(found.quotas.cost_per_day, Some(250_000));
        assert_eq!((found.workflows, found.share.weight), (BTreeMap::new(), 2));
        let mut ignored = found.ignored;
        ignored.sort_unstable();
        assert_eq!(
            ignored,
            ["max_concurrent_runs", "max_cost_usd_per_month", "max_tokens_per_day", "workflow_rate_limits"]
        );
    }
}
