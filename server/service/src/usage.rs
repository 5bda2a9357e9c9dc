//! What a tenant may use and what it used: the very figures that are enforced.

use magone_core::execution::Usage;
use magone_core::grant::Scope;
use magone_core::limit::{Day, Policy, QuotaStanding, Standing, Tenants, WINDOW_MS};
use magone_store::DayUsage;
use serde_json::{Value, json};

use crate::admission::key_rate;
use crate::{ServiceError, Services, TenantCaller};

impl Services {
    /// The tenant's limits, as they stand.
    ///
    /// # Errors
    /// What the store says.
    pub async fn limits(&self, caller: &TenantCaller) -> Result<Value, ServiceError> {
        let standing = self.standing(caller).await?;
        let rates = standing.rates.iter().map(|rate| {
            let of = |policy| if rate.policy == policy { rate.of.as_deref() } else { None };
            json!({
                "policy": rate.policy.name(),
                "workflow": of(Policy::Workflow),
                "key": of(Policy::Key),
                "limit": rate.level.limit,
                "window_seconds": WINDOW_MS / 1_000,
                "remaining": rate.level.remaining,
                "reset_seconds": rate.level.reset_ms.div_ceil(1_000),
            })
        });
        let concurrency = &standing.concurrency;
        Ok(json!({
            "rates": rates.collect::<Vec<_>>(),
            "concurrency": {
                "max_concurrent_runs": concurrency.most,
                "running": concurrency.running,
                "max_queued_runs": concurrency.most_queued,
                "queued": concurrency.queued,
            },
            "quotas": standing.quotas.iter().map(quota).collect::<Vec<_>>(),
            "ignored_settings": standing.ignored,
        }))
    }

    /// What the tenant used in this day and month, in UTC, and what its runs under way may still use.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], or what the store says.
    pub async fn usage(&self, caller: &TenantCaller) -> Result<Value, ServiceError> {
        caller.require(Scope::Read)?;
        let today = Day::of((self.clock.now)());
        let standing = self.standing(caller).await?;
        let days = self.store.tenant(&caller.tenant.id).usage_since(today.month().first()).await?;
        let [runs, tokens, tokens_month, cost, cost_month] = standing.quotas.as_slice() else {
            return Err(ServiceError::Internal("the tenant's usage is not known".to_owned()));
        };
        let runs_of_month = days.iter().filter(|day| day.day != today.to_string()).map(|day| day.runs);
        let runs_of_month = runs_of_month.fold(runs.used, u64::saturating_add);
        let period = |runs: u64, tokens: &QuotaStanding, cost: &QuotaStanding| {
            json!({
                "runs": runs,
                "tokens": tokens.used,
                "cost_usd": dollars(cost.used),
                "reserved": {"tokens": tokens.reserved, "cost_usd": dollars(cost.reserved)},
                "resets_at": tokens.resets_at,
            })
        };
        Ok(json!({
            "day": period(runs.used, tokens, cost),
            "month": period(runs_of_month, tokens_month, cost_month),
            "days": days.iter().rev().map(|day: &DayUsage| json!(day)).collect::<Vec<_>>(),
        }))
    }

    /// Whose key it is.
    #[must_use]
    pub fn me(&self, caller: &TenantCaller) -> Value {
        let tenant = &caller.tenant;
        json!({
            "tenant": {"id": tenant.id, "name": tenant.name, "slug": tenant.slug},
            "key": {
                "id": caller.key.id,
                "test": caller.key.test,
                "scopes": caller.key.grant.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>(),
                "workflows": caller.key.grant.workflows,
                "rate_limit_per_minute": caller.key.rate_limit_per_minute,
                "expires_at": caller.key.expires_at,
            },
        })
    }

    async fn standing(&self, caller: &TenantCaller) -> Result<Standing, ServiceError> {
        let nobody = || ServiceError::Internal("nobody keeps limits here".to_owned());
        let tenants: &dyn Tenants = &**self.tenants.as_ref().ok_or_else(nobody)?;
        self.resume_tenants().await?;
        let now = (self.clock.now)();
        self.know_usage(tenants, &caller.tenant.id, now).await?;
        Ok(tenants.standing(&caller.tenant, key_rate(caller), now))
    }
}

fn quota(standing: &QuotaStanding) -> Value {
    let amount = |amount: u64| match standing.quota.is_cost() {
        true => json!(dollars(amount)),
        false => json!(amount),
    };
    json!({
        "quota": standing.quota,
        "setting": standing.quota.setting(),
        "limit": standing.limit.map(amount),
        "used": amount(standing.used),
        "reserved": amount(standing.reserved),
        "remaining": standing.remaining().map(amount),
        "resets_at": standing.resets_at,
    })
}

fn dollars(micros: u64) -> f64 {
    Usage { cost_micros: micros, ..Usage::default() }.cost_usd()
}
