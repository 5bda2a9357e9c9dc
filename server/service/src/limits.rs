//! What a tenant may use, as it stands: the very figures that are enforced.

use magone_core::execution::Usage;
use magone_core::limit::{Policy, Quota, QuotaStanding, RateStanding, Standing, Tenants, WINDOW_MS};
use magone_core::time::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use crate::admission::key_rate;
use crate::{ServiceError, Services, TenantCaller};

/// A tenant's limits, as they stand.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct TenantLimits {
    /// Executions at a time.
    pub concurrency: ConcurrencyLimits,
    /// Names of settings that are not what they have to be; each counts as if it were not set.
    pub ignored_settings: Vec<&'static str>,
    /// What may be used in a day or a month, in UTC; every quota, also those without a limit.
    pub quotas: Vec<QuotaLimit>,
    /// Requests in a minute; those without a limit are left out.
    pub rates: Vec<RateLimit>,
}

/// Executions that did not end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ConcurrencyLimits {
    /// How many are carried out at a time; further ones wait.
    pub max_concurrent_runs: u32,
    /// How many can wait; further ones are refused (`concurrency_limited`).
    pub max_queued_runs: u32,
    /// How many wait now.
    pub queued: u32,
    /// How many are carried out now.
    pub running: u32,
}

/// One quota.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct QuotaLimit {
    /// What may be used; null: no limit.
    pub limit: Option<Amount>,
    /// What it counts.
    pub quota: Quota,
    /// What is left: the limit less what was used and what is reserved; null: no limit.
    pub remaining: Option<Amount>,
    /// What executions under way may still use.
    pub reserved: Amount,
    /// When nothing of it is used again.
    pub resets_at: Timestamp,
    /// The tenant's setting that bounds it.
    pub setting: &'static str,
    /// What was used.
    pub used: Amount,
}

/// Of a quota, in what it counts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Amount {
    /// Executions or tokens.
    Count(u64),
    /// US dollars, exact to a millionth.
    Dollars(f64),
}

impl JsonSchema for Amount {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "In what the quota counts: executions, tokens in both directions, or US dollars \
                            (exact to a millionth).",
            "type": "number",
            "minimum": 0,
        })
    }
}

/// One rate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RateLimit {
    /// The key's id, where the rate is that of one.
    pub key: Option<String>,
    /// Requests in a window.
    pub limit: u32,
    /// Its name in the header `RateLimit-Policy`.
    pub policy: Policy,
    /// Requests that would be taken right now.
    pub remaining: u32,
    /// Seconds until nothing of it is used up.
    pub reset_seconds: u64,
    /// Seconds that the limit is for.
    pub window_seconds: u64,
    /// The workflow's slug, where the rate is that of one.
    pub workflow: Option<String>,
}

impl Services {
    /// The tenant's limits, as they stand.
    ///
    /// # Errors
    /// What the store says.
    pub async fn limits(&self, caller: &TenantCaller) -> Result<TenantLimits, ServiceError> {
        let standing = self.standing(caller).await?;
        let concurrency = &standing.concurrency;
        Ok(TenantLimits {
            concurrency: ConcurrencyLimits {
                max_concurrent_runs: concurrency.most,
                max_queued_runs: concurrency.most_queued,
                queued: concurrency.queued,
                running: concurrency.running,
            },
            quotas: standing.quotas.iter().map(quota).collect(),
            rates: standing.rates.into_iter().map(rate).collect(),
            ignored_settings: standing.ignored,
        })
    }

    pub(crate) async fn standing(&self, caller: &TenantCaller) -> Result<Standing, ServiceError> {
        let nobody = || ServiceError::Internal("nobody keeps limits here".to_owned());
        let tenants: &dyn Tenants = &**self.tenants.as_ref().ok_or_else(nobody)?;
        self.resume_tenants().await?;
        let now = (self.clock.now)();
        self.know_usage(tenants, &caller.tenant.id, now).await?;
        Ok(tenants.standing(&caller.tenant, key_rate(caller), now))
    }
}

fn quota(standing: &QuotaStanding) -> QuotaLimit {
    let amount = |amount: u64| match standing.quota.is_cost() {
        true => Amount::Dollars(dollars(amount)),
        false => Amount::Count(amount),
    };
    QuotaLimit {
        limit: standing.limit.map(amount),
        quota: standing.quota,
        remaining: standing.remaining().map(amount),
        reserved: amount(standing.reserved),
        resets_at: standing.resets_at,
        setting: standing.quota.setting(),
        used: amount(standing.used),
    }
}

fn rate(standing: RateStanding) -> RateLimit {
    let RateStanding { policy, of, level } = standing;
    let (workflow, key) = match policy {
        Policy::Workflow => (of, None),
        Policy::Key => (None, of),
        Policy::Starts | Policy::Reads => (None, None),
    };
    RateLimit {
        key,
        limit: level.limit,
        policy,
        remaining: level.remaining,
        reset_seconds: level.reset_ms.div_ceil(1_000),
        window_seconds: WINDOW_MS / 1_000,
        workflow,
    }
}

/// Millionths of a US dollar in dollars.
pub(crate) fn dollars(micros: u64) -> f64 {
    Usage { cost_micros: micros, ..Usage::default() }.cost_usd()
}
