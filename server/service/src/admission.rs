//! What is asked of tenants' limits: before a run begins, and when a process does.

use std::collections::BTreeMap;

use magone_core::execution::{Pins, Usage};
use magone_core::ids::{ExecutionId, TenantId};
use magone_core::limit::{Day, Figures, KeyRate, OpenRun, RateStanding, Spent, StartAsk, Tenants};
use magone_core::ports::{RunStore, StartRun, StoreError};
use magone_core::time::Timestamp;
use magone_core::workflow::Limits;
use magone_store::DayUsage;

use crate::{ServiceError, Services, TenantCaller};

/// The rate of the caller's key, where it has one of its own.
pub(crate) fn key_rate(caller: &TenantCaller) -> Option<KeyRate<'_>> {
    let (id, per_minute) = (caller.key.id.as_ref()?, caller.key.rate_limit_per_minute?);
    Some(KeyRate { id: id.as_str(), per_minute })
}

/// What a definition lets a run use: tokens and millionths of a dollar.
fn wanted(limits: &Limits) -> [Option<u64>; 2] {
    [limits.max_tokens, limits.max_cost_usd.and_then(Usage::micros_of)]
}

impl Services {
    /// Counts a read of the tenant's.
    ///
    /// # Errors
    /// [`ServiceError::Limited`].
    pub fn count_read(&self, caller: &TenantCaller) -> Result<(), ServiceError> {
        match &self.tenants {
            Some(tenants) => tenants.read(&caller.tenant).map_err(ServiceError::Limited),
            None => Ok(()),
        }
    }

    /// Takes a read back: there is no such thing, or the server could not tell.
    pub fn uncount_read(&self, caller: &TenantCaller) {
        if let Some(tenants) = &self.tenants {
            tenants.unread(&caller.tenant);
        }
    }

    /// The rates that requests of this caller count for, as they stand.
    #[must_use]
    pub fn rates(&self, caller: &TenantCaller, workflow: Option<&str>) -> Vec<RateStanding> {
        self.tenants
            .as_ref()
            .map_or_else(Vec::new, |tenants| tenants.rates(&caller.tenant, key_rate(caller), workflow))
    }

    /// Admits a run, which counts from then on; where it does not begin, it has to be withdrawn.
    pub(crate) async fn admit(&self, caller: &TenantCaller, run: &StartRun) -> Result<(), ServiceError> {
        let Some(tenants) = &self.tenants else { return Ok(()) };
        self.resume_tenants().await?;
        let (tenant, id) = (&caller.tenant, &run.execution_id);
        let at = id.made_at().unwrap_or_else(self.clock.now);
        self.know_usage(&**tenants, &tenant.id, at).await?;
        let ask = StartAsk {
            tenant,
            execution_id: id,
            workflow: &run.workflow_slug,
            key: key_rate(caller),
            scripted: run.pins.scripted,
            wanted: wanted(&run.program.definition().limits),
            at,
        };
        tenants.start(ask).map_err(ServiceError::Limited)
    }

    pub(crate) fn withdraw(&self, tenant: &TenantId, id: &ExecutionId) {
        if let Some(tenants) = &self.tenants {
            tenants.withdraw(tenant, id);
        }
    }

    /// Takes a start back: the run did not begin, and not by the caller's fault.
    pub(crate) fn unstart(&self, caller: &TenantCaller, workflow: &str) {
        if let Some(tenants) = &self.tenants {
            tenants.unstart(&caller.tenant, key_rate(caller), workflow);
        }
    }

    /// Reads what is stored of a tenant's usage, where it is not known by heart.
    pub(crate) async fn know_usage(
        &self,
        tenants: &dyn Tenants,
        tenant: &TenantId,
        at: Timestamp,
    ) -> Result<(), ServiceError> {
        if !tenants.knows(tenant, at) {
            let days = self.store.tenant(tenant).usage_since(Day::of(at).month().first()).await?;
            tenants.learn(tenant, figures(&days, Day::of(at), 0));
        }
        Ok(())
    }

    /// Runs that did not end before this process began count and keep what they reserved. Done once,
    /// before anything is admitted.
    ///
    /// # Errors
    /// What the store says; it can be tried again.
    pub async fn resume_tenants(&self) -> Result<(), ServiceError> {
        self.resumed.get_or_try_init(|| self.resume()).await.copied()
    }

    async fn resume(&self) -> Result<(), ServiceError> {
        let Some(tenants) = &self.tenants else { return Ok(()) };
        self.refresh_prices().await?;
        let mut by_tenant: BTreeMap<TenantId, Vec<OpenRun>> = BTreeMap::new();
        for run in self.store.all_tenants().unfinished().await? {
            let open = OpenRun {
                execution_id: run.execution_id,
                queued: run.queued,
                scripted: run.pins.scripted,
                wanted: self.wanted_by(&run.pins).await?,
            };
            by_tenant.entry(run.tenant_id).or_default().push(open);
        }
        let now = (self.clock.now)();
        for (id, runs) in by_tenant {
            let tenant = self.catalog.tenant(&id).await?;
            let today = |run: &&OpenRun| {
                !run.scripted && run.execution_id.made_at().is_some_and(|at| Day::of(at) == Day::of(now))
            };
            let begun = u64::try_from(runs.iter().filter(today).count()).unwrap_or_default();
            let days = self.store.tenant(&id).usage_since(Day::of(now).month().first()).await?;
            tenants.learn(&id, figures(&days, Day::of(now), begun));
            tenants.resume(&tenant, runs);
        }
        Ok(())
    }

    /// What a run of these versions may use. One that cannot be loaded any more uses nothing.
    async fn wanted_by(&self, pins: &Pins) -> Result<[Option<u64>; 2], ServiceError> {
        match self.store.program(pins).await {
            Ok(program) => Ok(wanted(&program.definition().limits)),
            Err(error @ StoreError::Unavailable(_)) => Err(error.into()),
            Err(_) => Ok([None, None]),
        }
    }

    /// Looks whether the configuration changed. What waits for a place learns of it at once; everything
    /// else with the next request.
    ///
    /// # Errors
    /// When the store cannot be read; what is known stays.
    pub async fn notice_changes(&self) -> Result<(), ServiceError> {
        if !self.catalog.refresh().await? {
            return Ok(());
        }
        self.refresh_prices().await?;
        let Some(tenants) = &self.tenants else { return Ok(()) };
        for id in tenants.waiting() {
            tenants.changed(&*self.catalog.tenant(&id).await?);
        }
        Ok(())
    }
}

/// `begun`: runs of the day that did not end.
fn figures(days: &[DayUsage], day: Day, begun: u64) -> Figures {
    let mut found = Figures { day, runs: begun, today: Spent::default(), month: Spent::default() };
    for row in days {
        found.month += row.usage.into();
        if row.day == day.to_string() {
            found.runs = found.runs.saturating_add(row.runs);
            found.today += row.usage.into();
        }
    }
    found
}
