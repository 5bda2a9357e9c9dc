//! Made-up runs that go on by themselves.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use app::wire::{ExecutionDetail, ExecutionRow};
use magone_core::execution::{Event, EventKind, ExecutionView};
use magone_core::ids::ExecutionId;
use magone_core::time::Timestamp;
use tokio::sync::broadcast;

use crate::scripts::{self, Script};

/// What happened: which run, and the event.
pub type News = (ExecutionId, Event);

/// One run.
#[derive(Clone)]
pub struct Run {
    tenant: (&'static str, &'static str),
    /// Its log.
    pub events: Vec<Event>,
}

impl Run {
    fn view(&self, id: &ExecutionId) -> ExecutionView {
        let created = self.events.first().map_or_else(Timestamp::default, |event| event.time);
        ExecutionView::fold(id.clone(), &self.events)
            .unwrap_or_else(|| ExecutionView::new(id.clone(), created))
    }
}

/// All runs.
pub struct World {
    runs: Mutex<BTreeMap<ExecutionId, Run>>,
    news: broadcast::Sender<News>,
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn id_at(at: Timestamp, salt: u64) -> ExecutionId {
    let millis = u128::from(u64::try_from(at.millis()).unwrap_or(0));
    let noise = u128::from(salt.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    ExecutionId::from_uuid((millis << 80) | (noise << 8))
}

impl World {
    /// With a past of two hundred runs, or none.
    pub fn new(empty: bool) -> Self {
        let world = Self { runs: Mutex::default(), news: broadcast::channel(1024).0 };
        for i in 0..if empty { 0_u64 } else { 200 } {
            let age = i64::try_from(40_000 + i * i * 9_000).unwrap_or(i64::MAX);
            let began = Timestamp::from_millis(now().millis().saturating_sub(age));
            world.add_from(began, i, scripts::number(i));
        }
        world
    }

    /// Adds a run that is over now.
    pub fn add_past(&self, script: Script) {
        let took: u64 = script.events.iter().map(|(pause, _)| pause).sum();
        let began = now().millis().saturating_sub(i64::try_from(took).unwrap_or(0));
        self.add_from(Timestamp::from_millis(began), 0, script);
    }

    fn add_from(&self, began: Timestamp, salt: u64, script: Script) {
        let (id, mut at) = (id_at(began, salt), began);
        for (pause, kind) in script.events {
            at = at.plus_millis(pause);
            self.add(&id, script.tenant, at, kind);
        }
    }

    fn runs(&self) -> MutexGuard<'_, BTreeMap<ExecutionId, Run>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, id: &ExecutionId, tenant: (&'static str, &'static str), time: Timestamp, kind: EventKind) {
        let mut runs = self.runs();
        let run = runs.entry(id.clone()).or_insert_with(|| Run { tenant, events: Vec::new() });
        let seq = u64::try_from(run.events.len()).unwrap_or(0) + 1;
        let event = Event { seq, time, kind };
        run.events.push(event.clone());
        drop(runs);
        // Nobody may be listening.
        let _ = self.news.send((id.clone(), event));
    }

    /// Starts a run every few seconds.
    pub async fn keep_going(self: Arc<Self>) {
        for i in 0_u64.. {
            let script = scripts::number(i);
            actix_web::rt::spawn(Arc::clone(&self).play(script, i));
            tokio::time::sleep(Duration::from_millis(4_000)).await;
        }
    }

    async fn play(self: Arc<Self>, script: Script, salt: u64) {
        let id = id_at(now(), salt);
        for (pause, kind) in script.events {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            self.add(&id, script.tenant, now(), kind);
        }
    }

    /// What happens from now on.
    pub fn listen(&self) -> broadcast::Receiver<News> {
        self.news.subscribe()
    }

    /// One run with its first events.
    pub fn detail(&self, id: &ExecutionId) -> Option<ExecutionDetail> {
        let run = self.runs().get(id).cloned()?;
        Some(ExecutionDetail {
            view: run.view(id),
            tenant_slug: run.tenant.0.to_owned(),
            tenant_name: run.tenant.1.to_owned(),
            events: run.events.into_iter().take(500).collect(),
        })
    }

    /// The rest of its log.
    pub fn events_after(&self, id: &ExecutionId, seq: u64) -> Vec<Event> {
        let runs = self.runs();
        let events = runs.get(id).map(|run| run.events.as_slice()).unwrap_or_default();
        events.iter().filter(|event| event.seq > seq).cloned().collect()
    }

    /// The projection of one run.
    pub fn view(&self, id: &ExecutionId) -> Option<ExecutionView> {
        self.runs().get(id).map(|run| run.view(id))
    }

    /// One run as a row.
    pub fn row(&self, id: &ExecutionId) -> Option<ExecutionRow> {
        let run = self.runs().get(id).cloned()?;
        let view = run.view(id);
        Some(ExecutionRow {
            id: id.clone(),
            tenant_slug: run.tenant.0.to_owned(),
            tenant_name: run.tenant.1.to_owned(),
            workflow_slug: view.workflow_slug,
            workflow_version: view.metadata.workflow_version,
            status: view.status,
            state: view.state,
            code: view.code,
            progress: view.progress,
            created_at: view.created_at,
            started_at: view.started_at,
            completed_at: view.completed_at,
        })
    }

    /// All ids, newest first.
    pub fn ids(&self) -> Vec<ExecutionId> {
        self.runs().keys().rev().cloned().collect()
    }
}
