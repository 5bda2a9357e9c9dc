//! What one tenant may use and what it used: plain data that its actor owns and its handles decide on.

use std::collections::BTreeMap;

use magone_core::execution::{ExecutionView, RunState};
use magone_core::ids::ExecutionId;
use magone_core::limit::{
    Allowance, Concurrency, Figures, Gcra, KeyRate, Ledger, Level, OpenRun, Policy, RateStanding, Refused,
    Spent, Standing, StartAsk,
};
use magone_core::tenant::Tenant;
use magone_core::time::Timestamp;
use serde_json::Value;

/// A run that was admitted and did not end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Open {
    reserved: Spent,
    queued: bool,
    /// Whether it was admitted here, and nothing was heard of it yet.
    fresh: bool,
    counted: bool,
}

/// What one tenant may use and what it used. `now` is always in milliseconds of a clock that no
/// administrator sets.
#[derive(Debug, Default)]
pub(super) struct Limits {
    allowance: Allowance,
    /// What the allowance was read from.
    row: (Option<u32>, Value),
    starts: Gcra,
    reads: Gcra,
    workflows: BTreeMap<String, Gcra>,
    /// With the quota that each was last asked for.
    keys: BTreeMap<String, (u32, Gcra)>,
    open: BTreeMap<ExecutionId, Open>,
    /// Unknown before what is stored was read.
    ledger: Option<Ledger>,
}

impl Limits {
    /// Takes over the tenant's row where it is another by now; the settings that are passed over then.
    pub(super) fn adopt(&mut self, tenant: &Tenant) -> &[&'static str] {
        if self.row.0 == tenant.rate_limit_per_minute && self.row.1 == tenant.settings {
            return &[];
        }
        self.row = (tenant.rate_limit_per_minute, tenant.settings.clone());
        self.allowance = Allowance::of(tenant);
        self.workflows.retain(|slug, _| self.allowance.workflows.contains_key(slug));
        &self.allowance.ignored
    }

    pub(super) fn allowance(&self) -> &Allowance {
        &self.allowance
    }

    pub(super) fn read(&mut self, now: u64) -> Result<(), Refused> {
        let Some(quota) = self.allowance.reads() else { return Ok(()) };
        let level = self.reads.admit(quota, now, 1);
        if level.admitted { Ok(()) } else { Err(Refused::Rate(Policy::Reads, level)) }
    }

    pub(super) fn unread(&mut self) {
        self.reads.give_back(1);
    }

    /// All limits, and nothing is counted before the last of them admits.
    pub(super) fn start(&mut self, ask: &StartAsk<'_>, now: u64) -> Result<(), Refused> {
        let rates = self.starting(ask.key, Some(ask.workflow), now);
        let over = rates.iter().filter(|rate| !rate.level.admitted);
        if let Some(worst) = over.max_by_key(|rate| rate.level.retry_after_ms.unwrap_or(u64::MAX)) {
            return Err(Refused::Rate(worst.policy, worst.level));
        }
        if u32::try_from(self.open.len()).is_ok_and(|open| open >= self.allowance.open_runs()) {
            let (most, queued) = (self.allowance.share.most, self.allowance.queued);
            return Err(Refused::Concurrency { most, queued });
        }
        let counted = !ask.scripted && self.ledger.is_some();
        let reserved = match self.ledger.as_mut().filter(|_| counted) {
            None => Spent::default(),
            Some(ledger) => ledger
                .begin(&self.allowance.quotas, ask.wanted, ask.at)
                .map_err(|exhausted| Refused::Quota(exhausted, exhausted.resets_at.millis_since(ask.at)))?,
        };
        for rate in rates {
            self.count(&rate, now);
        }
        let open = Open { reserved, queued: false, fresh: true, counted };
        self.open.insert(ask.execution_id.clone(), open);
        Ok(())
    }

    fn count(&mut self, rate: &RateStanding, now: u64) {
        let quota = rate.level.limit;
        let gate = match (rate.policy, &rate.of) {
            (Policy::Workflow, Some(slug)) => self.workflows.entry(slug.clone()).or_default(),
            (Policy::Key, Some(id)) => {
                // Keys come and go: those of which nothing is used up are forgotten.
                self.keys.retain(|_, (quota, gate)| !gate.is_full(*quota, now));
                let (last, gate) = self.keys.entry(id.clone()).or_default();
                *last = quota;
                gate
            }
            _ => &mut self.starts,
        };
        gate.admit(quota, now, 1);
    }

    /// A run that was admitted did not begin. The rates were used all the same, unless they are given back.
    pub(super) fn withdraw(&mut self, id: &ExecutionId) {
        if self.open.get(id).is_some_and(|open| open.fresh)
            && let Some(open) = self.open.remove(id)
            && let Some(ledger) = self.ledger.as_mut().filter(|_| open.counted)
        {
            ledger.withdraw(open.reserved);
        }
    }

    pub(super) fn unstart(&mut self, key: Option<KeyRate<'_>>, workflow: &str) {
        let of_key = key.and_then(|key| self.keys.get_mut(key.id)).map(|(_, gate)| gate);
        let of_workflow = self.workflows.get_mut(workflow);
        for gate in [Some(&mut self.starts), of_workflow, of_key].into_iter().flatten() {
            gate.give_back(1);
        }
    }

    /// A run began, went on or ended.
    pub(super) fn run_changed(&mut self, view: &ExecutionView) {
        let Some(ended_at) = view.completed_at.filter(|_| view.state.is_terminal()) else {
            // Children run inside their parents' places.
            if !view.is_child() {
                let open = self.open.entry(view.execution_id.clone()).or_default();
                open.queued = view.state == RunState::Queued;
                open.fresh = false;
            }
            return;
        };
        let open = self.open.remove(&view.execution_id).unwrap_or_default();
        if let Some(ledger) = &mut self.ledger {
            ledger.settle(open.reserved, view.billed_usage().into(), ended_at);
        }
    }

    pub(super) fn knows(&self, at: Timestamp) -> bool {
        self.ledger.is_some_and(|ledger| ledger.reaches(at))
    }

    /// What is stored; what runs under way reserved stays reserved.
    pub(super) fn learn(&mut self, figures: Figures) {
        if self.ledger.is_none_or(|ledger| !ledger.reaches(figures.day.start())) {
            let mut reserved = Spent::default();
            self.open.values().for_each(|open| reserved += open.reserved);
            self.ledger = Some(Ledger::new(figures, reserved));
        }
    }

    /// Runs that did not end before this process began. They were counted when they were started.
    pub(super) fn resume(&mut self, runs: Vec<OpenRun>) {
        for run in runs {
            let counted = !run.scripted && self.ledger.is_some();
            let ledger = self.ledger.as_mut().filter(|_| counted);
            let reserved = ledger.map(|ledger| ledger.reserve(&self.allowance.quotas, run.wanted));
            let reserved = reserved.unwrap_or_default();
            let open = Open { reserved, queued: run.queued, fresh: false, counted };
            self.open.insert(run.execution_id, open);
        }
    }

    /// Runs that did not end.
    pub(super) fn open(&self) -> usize {
        self.open.len()
    }

    pub(super) fn has_waiting(&self) -> bool {
        self.open.values().any(|open| open.queued)
    }

    /// Whether it can be forgotten: nothing is open, and nothing of a rate is used up.
    pub(super) fn is_at_rest(&self, now: u64) -> bool {
        let full = |gate: &Gcra, quota: Option<u32>| quota.is_none_or(|quota| gate.is_full(quota, now));
        self.open.is_empty()
            && full(&self.starts, self.allowance.starts)
            && full(&self.reads, self.allowance.reads())
            && self
                .workflows
                .iter()
                .all(|(slug, gate)| full(gate, self.allowance.workflows.get(slug).copied()))
            && self.keys.values().all(|(quota, gate)| gate.is_full(*quota, now))
    }

    /// The rates that a start counts for.
    fn starting(&self, key: Option<KeyRate<'_>>, workflow: Option<&str>, now: u64) -> Vec<RateStanding> {
        let of = |policy, of: Option<&str>, quota: Option<u32>, gate: Option<&Gcra>| {
            let level: Level = gate.copied().unwrap_or_default().look(quota?, now);
            Some(RateStanding { policy, of: of.map(str::to_owned), level })
        };
        let allowance = &self.allowance;
        let by_slug = workflow.and_then(|slug| allowance.workflows.get(slug).copied());
        let (id, by_key) = (key.map(|key| key.id), key.map(|key| key.per_minute));
        let key_gate = id.and_then(|id| self.keys.get(id)).map(|(_, gate)| gate);
        let gates = [
            of(Policy::Starts, None, allowance.starts, Some(&self.starts)),
            of(Policy::Workflow, workflow, by_slug, workflow.and_then(|slug| self.workflows.get(slug))),
            of(Policy::Key, id, by_key, key_gate),
        ];
        gates.into_iter().flatten().collect()
    }

    /// The rates that a request counts for, reads among them.
    pub(super) fn rates(
        &self,
        key: Option<KeyRate<'_>>,
        workflow: Option<&str>,
        now: u64,
    ) -> Vec<RateStanding> {
        let mut rates = self.starting(key, workflow, now);
        if let Some(quota) = self.allowance.reads() {
            let reads = RateStanding { policy: Policy::Reads, of: None, level: self.reads.look(quota, now) };
            rates.insert(usize::from(self.allowance.starts.is_some()), reads);
        }
        rates
    }

    /// Everything, as it stands.
    pub(super) fn standing(&self, key: Option<KeyRate<'_>>, at: Timestamp, now: u64) -> Standing {
        let mut rates = self.rates(key, None, now);
        for slug in self.allowance.workflows.keys() {
            rates.extend(self.starting(None, Some(slug), now).into_iter().filter(|rate| rate.of.is_some()));
        }
        let queued = self.open.values().filter(|open| open.queued).count();
        let count = |runs: usize| u32::try_from(runs).unwrap_or(u32::MAX);
        Standing {
            rates,
            concurrency: Concurrency {
                running: count(self.open.len().saturating_sub(queued)),
                most: self.allowance.share.most,
                queued: count(queued),
                most_queued: self.allowance.queued,
            },
            quotas: self.ledger.map_or_else(Vec::new, |l| l.look(&self.allowance.quotas, at).to_vec()),
            ignored: self.allowance.ignored.clone(),
        }
    }
}

#[cfg(test)]
#[path = "limits_test.rs"]
mod tests;
