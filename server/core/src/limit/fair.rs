//! Whose turn it is, where runs of many tenants wait for places: start-time fair queueing.
//!
//! Each tenant has a lane with its own order. A lane's tag says how much it has had, divided by its
//! weight; the lane with the smallest tag is next. A lane that had nothing to do begins at the tag that
//! was served last, so nobody saves up turns, and nobody who waits with ten thousand runs is served
//! more often than who waits with one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::allowance::Share;
use crate::ids::{ExecutionId, TenantId};

/// One turn of a lane of weight 1.
const TURN: u64 = 1 << 20;

#[derive(Clone, Debug)]
struct Lane {
    share: Share,
    /// Places that its runs hold, resting ones included.
    held: u32,
    tag: u64,
    waiting: VecDeque<ExecutionId>,
}

impl Lane {
    fn is_ready(&self) -> bool {
        !self.waiting.is_empty() && self.held < self.share.most
    }
}

/// Places, who holds them and who waits for one.
#[derive(Clone, Debug)]
pub struct FairQueue {
    most: u32,
    /// Held places whose runs do something.
    busy: u32,
    served: u64,
    lanes: BTreeMap<TenantId, Lane>,
    ready: BTreeSet<(u64, TenantId)>,
}

impl FairQueue {
    /// With so many places for runs that do something, whosever they are.
    #[must_use]
    pub fn new(most: u32) -> Self {
        Self { most, busy: 0, served: 0, lanes: BTreeMap::new(), ready: BTreeSet::new() }
    }

    /// A run waits for a place, behind its tenant's others.
    pub fn wait(&mut self, tenant: &TenantId, share: Share, run: ExecutionId) {
        let served = self.served;
        self.change(tenant, share, |lane| {
            if lane.waiting.is_empty() {
                lane.tag = lane.tag.max(served);
            }
            lane.waiting.push_back(run);
        });
    }

    /// A run that was under way already takes a place, whatever the bounds.
    pub fn resume(&mut self, tenant: &TenantId, share: Share) {
        self.busy = self.busy.saturating_add(1);
        self.change(tenant, share, |lane| lane.held = lane.held.saturating_add(1));
    }

    /// The next run that has a place, and holds it from now on; `None` while nobody can be served.
    pub fn serve(&mut self) -> Option<ExecutionId> {
        if self.busy >= self.most {
            return None;
        }
        let (tag, tenant) = self.ready.first().cloned()?;
        let mut run = None;
        self.served = tag;
        self.touch(&tenant, |lane| {
            run = lane.waiting.pop_front();
            lane.held = lane.held.saturating_add(1);
            lane.tag = lane.tag.saturating_add(TURN / u64::from(lane.share.weight.max(1)));
        });
        self.busy = self.busy.saturating_add(1);
        run
    }

    /// A run that waits does not want a place any more.
    pub fn withdraw(&mut self, tenant: &TenantId, run: &ExecutionId) {
        self.touch(tenant, |lane| lane.waiting.retain(|waiting| waiting != run));
    }

    /// A run gives its place back; `busy`: it did something.
    pub fn leave(&mut self, tenant: &TenantId, busy: bool) {
        self.busy = self.busy.saturating_sub(u32::from(busy));
        self.touch(tenant, |lane| lane.held = lane.held.saturating_sub(1));
    }

    /// A run that holds a place does nothing for a while: it waits for a time or for somebody. The place
    /// stays its tenant's, but keeps no other tenant waiting.
    pub fn rest(&mut self) {
        self.busy = self.busy.saturating_sub(1);
    }

    /// It goes on, at once.
    pub fn wake(&mut self) {
        self.busy = self.busy.saturating_add(1);
    }

    /// Tenants whose runs wait, in the order of their ids.
    #[must_use]
    pub fn waiting(&self) -> Vec<TenantId> {
        let waits = |(_, lane): &(&TenantId, &Lane)| !lane.waiting.is_empty();
        self.lanes.iter().filter(waits).map(|(tenant, _)| tenant.clone()).collect()
    }

    /// Runs that wait, whosever they are.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.lanes.values().map(|lane| lane.waiting.len()).sum()
    }

    /// The tenant's share is another by now.
    pub fn reshare(&mut self, tenant: &TenantId, share: Share) {
        self.touch(tenant, |lane| lane.share = share);
    }

    fn change(&mut self, tenant: &TenantId, share: Share, change: impl FnOnce(&mut Lane)) {
        let new = || Lane { share, held: 0, tag: 0, waiting: VecDeque::new() };
        self.lanes.entry(tenant.clone()).or_insert_with(new);
        self.touch(tenant, |lane| {
            lane.share = share;
            change(lane);
        });
    }

    fn touch(&mut self, tenant: &TenantId, change: impl FnOnce(&mut Lane)) {
        let Some(lane) = self.lanes.get_mut(tenant) else { return };
        self.ready.remove(&(lane.tag, tenant.clone()));
        change(lane);
        if lane.is_ready() {
            self.ready.insert((lane.tag, tenant.clone()));
        }
        // What is due to it after its last run is forgotten where nobody was served meanwhile.
        if lane.held == 0 && lane.waiting.is_empty() {
            self.lanes.remove(tenant);
        }
    }
}

#[cfg(test)]
#[path = "fair_test.rs"]
mod tests;
