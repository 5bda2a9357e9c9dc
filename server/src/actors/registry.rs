//! Which runs are in flight here, and their actors.
//!
//! An entry lives from a run's first commit (or from the first one who waits for it) until the run
//! ended and nobody watches. Entry and actor go together: whoever subscribes is counted under the
//! lock, and the actor is let go only under the lock and only when nobody is counted.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix::Addr;
use magone_core::execution::{ExecutionView, RunState};
use magone_core::ids::ExecutionId;
use magone_core::ports::{BoxFuture, Committed, LiveRuns};
use magone_core::speech::Piece;
use tokio::sync::{broadcast, oneshot};

use super::arbiters::Arbiters;
use super::batch::Batch;
use super::execution::{ExecutionActor, ExecutionSnapshot, Hear, Observe, Passivate, Push, Subscribe};
use super::feed::{Feed, RowUpdate};
use super::tail::Told;
use super::tenants::TenantDirectory;
use crate::{clock, metrics};

/// Locks that the runs are spread over.
const SHARDS: usize = 16;

#[derive(Default)]
struct Live {
    view: Option<Arc<ExecutionView>>,
    actor: Option<Addr<ExecutionActor>>,
    waiters: Vec<oneshot::Sender<ExecutionView>>,
    watchers: u32,
    ended: bool,
}

type Shard = HashMap<ExecutionId, Live>;

struct Inner {
    shards: Vec<Mutex<Shard>>,
    hasher: RandomState,
    arbiters: Arc<Arbiters>,
    tenants: TenantDirectory,
    feed: Feed,
}

/// The runs in flight here. Cheap to clone.
#[derive(Clone)]
pub struct LiveRegistry {
    inner: Arc<Inner>,
}

impl std::fmt::Debug for LiveRegistry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LiveRegistry").field("in_flight", &self.in_flight()).finish_non_exhaustive()
    }
}

impl LiveRegistry {
    /// An empty registry.
    #[must_use]
    pub fn new(arbiters: Arc<Arbiters>, tenants: TenantDirectory) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        let inner = Inner { shards, hasher: RandomState::new(), arbiters, tenants, feed: Feed::default() };
        Self { inner: Arc::new(inner) }
    }

    /// What lists watch.
    #[must_use]
    pub fn feed(&self) -> &Feed {
        &self.inner.feed
    }

    /// Runs that have an entry.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.inner.shards.iter().map(|shard| lock(shard).len()).sum()
    }

    /// How many runs in flight are in which state.
    #[must_use]
    pub fn states(&self) -> BTreeMap<RunState, usize> {
        let mut states = BTreeMap::new();
        for shard in &self.inner.shards {
            for view in lock(shard).values().filter_map(|live| live.view.as_ref()) {
                *states.entry(view.state).or_default() += 1;
            }
        }
        states
    }

    /// Tenants that are in use.
    #[must_use]
    pub fn tenants(&self) -> usize {
        self.inner.tenants.in_use()
    }

    /// Backlog above `after` and everything from now on; `None` where the run is not in flight here.
    pub async fn subscribe(&self, id: &ExecutionId, after: u64) -> Option<Subscription> {
        let actor = {
            let mut shard = self.shard(id)?;
            let live = shard.get_mut(id)?;
            let actor = live.actor.clone()?;
            live.watchers += 1;
            actor
        };
        let watch = Watch { registry: self.clone(), id: id.clone() };
        let (backlog, live) = actor.send(Subscribe { after }).await.ok()?;
        Some(Subscription { backlog, live, _watch: watch })
    }

    /// What the run's actor looks like; `None` where the run is not in flight here.
    pub async fn observe(&self, id: &ExecutionId) -> Option<ExecutionSnapshot> {
        let actor = self.shard(id)?.get(id)?.actor.clone()?;
        actor.send(Observe).await.ok()
    }

    fn shard(&self, id: &ExecutionId) -> Option<MutexGuard<'_, Shard>> {
        let count = u64::try_from(SHARDS).ok()?;
        let place = usize::try_from(self.inner.hasher.hash_one(id) % count).ok()?;
        self.inner.shards.get(place).map(lock)
    }

    /// Lets the run go when it ended and nobody watches or waits.
    fn let_go(shard: &mut Shard, id: &ExecutionId) {
        if let Entry::Occupied(entry) = shard.entry(id.clone()) {
            let live = entry.get();
            let idle = live.watchers == 0 && live.waiters.iter().all(oneshot::Sender::is_closed);
            if idle
                && (live.ended || live.view.is_none())
                && let Some(actor) = entry.remove().actor
            {
                actor.do_send(Passivate);
            }
        }
    }

    fn take_in(&self, committed: Committed) -> Option<RowUpdate> {
        let Committed { execution_id: id, tenant_id, events, view } = committed;
        let mut shard = self.shard(&id)?;
        let live = shard.entry(id.clone()).or_default();
        live.view = Some(Arc::clone(&view));
        live.ended = view.state.is_terminal();
        if live.ended {
            for waiter in live.waiters.drain(..) {
                let _ = waiter.send(ExecutionView::clone(&view));
            }
        }
        let batch = Arc::new(Batch::new(id.clone(), tenant_id.clone(), events, Arc::clone(&view)));
        let arbiters = &self.inner.arbiters;
        let actor =
            live.actor.get_or_insert_with(|| ExecutionActor::launch(&arbiters.of(id.as_str()), id.clone()));
        actor.do_send(Push(batch));
        Self::let_go(&mut shard, &id);
        Some(RowUpdate { tenant_id, view })
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

impl LiveRuns for LiveRegistry {
    fn committed(&self, committed: Committed) {
        if let Some(event) = committed.events.last() {
            metrics::committed(&committed.view, event.time, clock::now());
        }
        if let Some(update) = self.take_in(committed) {
            self.inner.tenants.run_changed(&update.tenant_id, &update.view);
            self.inner.feed.tell(update);
        }
    }

    fn said(&self, piece: Piece) {
        let Some(shard) = self.shard(&piece.execution_id) else { return };
        // What is said after the end, or of a run that is not in flight here, nobody can read.
        if let Some(actor) = shard.get(&piece.execution_id).and_then(|live| live.actor.as_ref()) {
            actor.do_send(Hear(piece));
        }
    }

    fn view(&self, id: &ExecutionId) -> Option<ExecutionView> {
        let shard = self.shard(id)?;
        shard.get(id).filter(|live| !live.ended)?.view.as_deref().cloned()
    }

    fn ending(&self, id: &ExecutionId) -> BoxFuture<'static, ExecutionView> {
        let (sender, receiver) = oneshot::channel();
        if let Some(mut shard) = self.shard(id) {
            shard.entry(id.clone()).or_default().waiters.push(sender);
        }
        let wait = Wait { registry: self.clone(), id: id.clone(), receiver };
        Box::pin(wait.until_end())
    }
}

/// Somebody waits for a run's end; gives its place back when dropped.
struct Wait {
    registry: LiveRegistry,
    id: ExecutionId,
    receiver: oneshot::Receiver<ExecutionView>,
}

impl Wait {
    async fn until_end(mut self) -> ExecutionView {
        match (&mut self.receiver).await {
            Ok(view) => view,
            // The entry is gone without an end: whoever waits has a time limit of its own.
            Err(_) => std::future::pending().await,
        }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        self.receiver.close();
        if let Some(mut shard) = self.registry.shard(&self.id) {
            LiveRegistry::let_go(&mut shard, &self.id);
        }
    }
}

/// Counted among the watchers of a run as long as it lives.
#[derive(Debug)]
struct Watch {
    registry: LiveRegistry,
    id: ExecutionId,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(mut shard) = self.registry.shard(&self.id) {
            if let Some(live) = shard.get_mut(&self.id) {
                live.watchers = live.watchers.saturating_sub(1);
            }
            LiveRegistry::let_go(&mut shard, &self.id);
        }
    }
}

/// A reader's place at a run.
#[derive(Debug)]
pub struct Subscription {
    /// What the actor kept, and the messages that are being said; older events are in the log.
    pub backlog: Vec<Told>,
    /// Everything after the backlog.
    pub live: broadcast::Receiver<Told>,
    _watch: Watch,
}
