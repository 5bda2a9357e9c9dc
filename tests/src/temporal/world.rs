//! A PostgreSQL database with a tenant, an engine on a queue of its own, and a worker.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use magone_core::execution::{Event, EventKind, ExecutionView, PinnedWorkflow, Pins};
use magone_core::grant::Grant;
use magone_core::ids::{ExecutionId, KeyId, TenantId, TenantWorkflowId};
use magone_core::json::Json;
use magone_core::limit::Allowance;
use magone_core::ports::{Engine, LiveRuns, RunStore, StartRun};
use magone_core::time::Timestamp;
use magone_core::workflow::Definition;
use magone_core::workflow::program::Program;
use magone_engine::{Breakpoints, EmbeddedEngine, Parts};
use magone_store::{AssignWorkflow, DatabaseUrl, NewKey, NewTenant, Patience, Store, StoreOptions};
use magone_temporal::{Address, Recorder, TemporalEngine, Worker, WorkerParts, workflow_id};
use serde_json::{Value, json};

use super::hand::Hand;
use super::watch::Watch;
use crate::harness::{Data, Postgres, block_on, dev, until};

/// The tenant of every test.
const TENANT: &str = "acme";
/// The workflow of every test.
const WORKFLOW: &str = "flow";

/// The workflow that others run: it holds on, refuses, or asks a model, as it is told.
pub(super) const CHILD: &str = "child";

/// What a test runs in.
pub(super) struct World {
    pub hand: Hand,
    pub engine: TemporalEngine,
    pub address: Address,
    store: Store,
    pub recorder: Arc<Recorder>,
    /// Behind a lock, so that a test's threads can share the world.
    worker: Mutex<Option<Worker>>,
    watch: Watch,
    data: Data,
}

impl World {
    /// With a worker.
    pub fn new() -> Self {
        Self::on(dev::queue())
    }

    /// With a worker, on that server.
    pub fn on(address: Address) -> Self {
        let mut world = Self::at(address);
        let activities = Arc::new(world.hand.clone());
        let parts = WorkerParts { activities, recorder: Arc::clone(&world.recorder) };
        world.worker = Mutex::new(Some(Worker::start(world.address.clone(), parts).unwrap()));
        world
    }

    /// Runs wait until somebody works.
    pub fn without_worker() -> Self {
        Self::at(dev::queue())
    }

    fn at(address: Address) -> Self {
        let data = Data::on(&Postgres::shared());
        let store = block_on(database(&data.postgres().unwrap().url()));
        let watch = Watch::default();
        let recorder = Recorder::new(Arc::new(store.clone()), Arc::new(watch.clone()), mint);
        let recorder = Arc::new(recorder);
        let engine = block_on(TemporalEngine::connect(&address, Arc::clone(&recorder), now)).unwrap();
        let (hand, worker) = (Hand::default(), Mutex::default());
        Self { hand, engine, address, store, recorder, worker, watch, data }
    }

    /// The embedded engine on the same database.
    pub fn embedded(&self) -> EmbeddedEngine {
        EmbeddedEngine::new(Parts {
            store: Arc::new(self.store.clone()),
            activities: Arc::new(self.hand.clone()),
            live: Arc::new(self.watch.clone()),
            shares: Arc::new(Allowance::default().share),
            places: 1_000,
            now,
            mint,
            breakpoints: Breakpoints::default(),
        })
    }

    /// Where the database is.
    pub fn database(&self) -> String {
        self.data.postgres().unwrap().url()
    }

    /// Starts a run of these steps; the first is the entry.
    pub fn start(&self, steps: Value) -> ExecutionId {
        self.start_on(&self.engine, steps)
    }

    /// The same on any engine.
    pub fn start_on(&self, engine: &dyn Engine, steps: Value) -> ExecutionId {
        self.begin(engine, asked(steps, json!("hello")))
    }

    /// Starts a run.
    pub fn begin(&self, engine: &dyn Engine, run: StartRun) -> ExecutionId {
        let id = run.execution_id.clone();
        block_on(engine.start(run)).unwrap();
        id
    }

    /// The log as it is stored.
    pub fn log(&self, id: &ExecutionId) -> Vec<Event> {
        block_on(self.store.stored(id)).unwrap().map(|run| run.log).unwrap_or_default()
    }

    /// Names of the events, with what is said of retries.
    pub fn names(&self, id: &ExecutionId) -> Vec<String> {
        let name = |event: &Event| match &event.kind {
            EventKind::StepRetrying { reason, .. } => format!("step.retrying {reason:?}"),
            EventKind::StepCompleted { step, .. } => format!("step.completed {step}"),
            kind => kind.name().to_owned(),
        };
        self.log(id).iter().map(name).collect()
    }

    /// The projection, folded from the log, once the run ended.
    pub fn ended(&self, id: &ExecutionId) -> ExecutionView {
        until("the run ends", || {
            let view = ExecutionView::fold(id.clone(), &self.log(id))?;
            view.state.is_terminal().then_some(view)
        })
    }

    /// The projection as those see it who watch.
    pub fn watched(&self, id: &ExecutionId) -> Option<ExecutionView> {
        self.watch.view(id)
    }

    /// Its row.
    pub fn row(&self, id: &ExecutionId) -> ExecutionView {
        block_on(self.store.tenant(&tenant()).execution(id)).unwrap().unwrap().view
    }

    /// Its history in Temporal, once the workflow ended.
    pub fn history(&self, id: &ExecutionId) -> Vec<u8> {
        let id = workflow_id(TENANT, id);
        until("the workflow ends", || {
            let history = block_on(self.engine.history(&id)).unwrap();
            let text = String::from_utf8_lossy(&history);
            text.contains("WorkflowExecutionCompletedEventAttributes").then(|| history.clone())
        })
    }

    /// Stops the worker in order.
    pub fn stop_worker(&mut self) {
        if let Some(worker) = self.worker.get_mut().unwrap().take() {
            worker.stop(Duration::ZERO).unwrap();
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.stop_worker();
        }
        // Before its database goes.
        block_on(self.store.close());
    }
}

fn tenant() -> TenantId {
    TenantId::from_text(format!("ten_{TENANT}"))
}

/// A run to be started.
pub(super) fn asked(steps: Value, input: Value) -> StartRun {
    asked_of(&Arc::new(Program::new(definition(steps), []).unwrap()), input)
}

/// A run of that program.
pub(super) fn asked_of(program: &Arc<Program>, input: Value) -> StartRun {
    let child = PinnedWorkflow { definition: CHILD.to_owned(), version: 1, agents: Vec::new() };
    let pins =
        Pins { definition: WORKFLOW.to_owned(), version: 1, workflows: vec![child], ..Pins::default() };
    StartRun {
        execution_id: ExecutionId::from_uuid(mint()),
        tenant_id: tenant(),
        tenant_slug: TENANT.to_owned(),
        tenant_workflow_id: TenantWorkflowId::from_text("twf_flow"),
        workflow_slug: WORKFLOW.to_owned(),
        input: Json::new(input),
        context: Json::new(json!({})),
        session_id: None,
        webhook_url: None,
        pins,
        program: Arc::clone(program),
        parent: None,
        retry: None,
        claim: None,
    }
}

fn definition(steps: Value) -> Definition {
    let entry = steps[0]["id"].clone();
    serde_json::from_value(json!({"id": WORKFLOW, "name": "Flow", "entry_step": entry, "steps": steps}))
        .unwrap()
}

async fn database(url: &str) -> Store {
    let url = DatabaseUrl::parse(url).unwrap();
    let store = Store::open(StoreOptions { url, pool_size: 2, patience: Patience::default() }).await.unwrap();
    store.migrate().await.unwrap();
    let configuration = store.configuration();
    let key = NewKey {
        id: KeyId::from_text("key_acme"),
        hash: "hash".to_owned(),
        prefix: "acme_live_abc123".to_owned(),
        name: "acme".to_owned(),
        grant: Grant::default(),
        rate_limit_per_minute: None,
        test: false,
        expires_at: None,
    };
    let (name, slug) = (TENANT.to_owned(), TENANT.to_owned());
    let new = NewTenant { id: tenant(), name, slug, rate_limit_per_minute: None, key };
    configuration.create_tenant(new).await.unwrap();
    let simplest = definition(json!([{"id": "only", "type": "transform", "value": 1}]));
    configuration.save(&simplest, None, now()).await.unwrap();
    let cases =
        json!([{"when": "input == 'hold'", "next": "hold"}, {"when": "input == 'refuse'", "next": "refuse"}]);
    let mut child = definition(json!([
        {"id": "how", "type": "branch", "cases": cases, "default": "echo"},
        {"id": "echo", "type": "llm", "model": "scripted/model", "prompt": "{{ input }} {{ context.tone }}"},
        {"id": "hold", "type": "tool", "tool": "test.hold"},
        {"id": "refuse", "type": "tool", "tool": "test.refuse"},
    ]));
    child.id = CHILD.to_owned();
    configuration.save(&child, None, now()).await.unwrap();
    let assign = AssignWorkflow {
        id: TenantWorkflowId::from_text("twf_flow"),
        tenant_id: tenant(),
        definition_id: WORKFLOW.to_owned(),
        version: None,
        slug: WORKFLOW.to_owned(),
        name: None,
        description: None,
        overrides: None,
    };
    configuration.assign_workflow(assign).await.unwrap();
    store
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap())
}

/// Ids that sort by time and never repeat.
fn mint() -> u128 {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let time = u128::try_from(now().millis()).unwrap();
    (time << 80) | (7 << 76) | u128::from(NUMBER.fetch_add(1, Ordering::Relaxed))
}
