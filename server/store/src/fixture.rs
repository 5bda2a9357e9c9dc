//! What tests need: a database of their own, tenants, and runs that write themselves. With
//! `MAGONE_TEST_POSTGRES=postgres://user@host:port` the same tests run there, each in a new
//! database that is left behind.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use magone_core::execution::{Event, ExecutionView, Pins};
use magone_core::grant::Grant;
use magone_core::ids::{DeliveryId, ExecutionId, KeyId, TenantId, TenantWorkflowId};
use magone_core::json::Json;
use magone_core::ports::{NewRow, Notice, RowWrite, RunStore, RunWrite};
use magone_core::time::Timestamp;
use magone_core::webhook::WebhookEvent;
use magone_core::workflow::Definition;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::configuration::{AssignWorkflow, NewKey, NewTenant};
use crate::connect::Patience;
use crate::store::{Store, StoreOptions};
use crate::url::DatabaseUrl;

/// When the runs of tests begin.
pub(crate) const EPOCH: i64 = 1_770_000_000_000;

/// Waits that end while somebody looks on.
const PATIENCE: Patience = Patience {
    busy: Duration::from_millis(50),
    acquire: Duration::from_secs(5),
    statement: Duration::from_secs(60),
};

/// A store over a database of its own.
pub(crate) struct Fixture {
    pub store: Store,
    /// As other programs are told.
    pub url: String,
    _folder: TempDir,
}

impl Fixture {
    /// With the schema in place.
    pub async fn new() -> Self {
        let fixture = Self::bare().await;
        fixture.store.migrate().await.unwrap();
        fixture
    }

    /// Empty.
    pub async fn bare() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = match std::env::var("MAGONE_TEST_POSTGRES") {
            Ok(server) => new_database(&server).await,
            Err(_) => format!("sqlite://{}", folder.path().join("test.db").display()),
        };
        let store = open(&url).await;
        Self { store, url, _folder: folder }
    }

    pub fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite")
    }

    /// Another store over the same database, as a second process has it.
    pub async fn second(&self) -> Store {
        open(&self.url).await
    }

    /// A plain connection, as a script has it.
    pub async fn script(&self) -> DatabaseConnection {
        let existing = if self.is_sqlite() { "?mode=rw" } else { "" };
        Database::connect(format!("{}{existing}", self.url)).await.unwrap()
    }

    /// Carries out a script's statement; how many rows it concerned.
    pub async fn sql(&self, sql: &str) -> u64 {
        self.script().await.execute_unprepared(sql).await.unwrap().rows_affected()
    }

    /// A tenant with the key hash `hash-<slug>`.
    pub async fn tenant(&self, slug: &str) -> TenantId {
        let id = TenantId::from_text(format!("ten_{slug}"));
        let new = NewTenant {
            id: id.clone(),
            name: slug.to_uppercase(),
            slug: slug.to_owned(),
            rate_limit_per_minute: Some(60),
            key: key(slug),
        };
        self.store.configuration().create_tenant(new).await.unwrap();
        id
    }

    /// A workflow of that tenant, over a definition of the same name.
    pub async fn workflow(&self, tenant: &TenantId, slug: &str) -> TenantWorkflowId {
        let configuration = self.store.configuration();
        configuration.save(&definition(slug, 1), None, at(0)).await.unwrap();
        let assign = AssignWorkflow {
            id: TenantWorkflowId::from_text(format!("twf_{tenant}_{slug}")),
            tenant_id: tenant.clone(),
            definition_id: slug.to_owned(),
            version: None,
            slug: slug.to_owned(),
            name: None,
            description: None,
            overrides: None,
        };
        configuration.assign_workflow(assign).await.unwrap().id
    }

    /// How SQLite would carry out a statement, one line for each loop.
    pub async fn plan(&self, mut statement: Statement) -> Vec<String> {
        statement.sql.insert_str(0, "EXPLAIN QUERY PLAN ");
        let rows = self.script().await.query_all_raw(statement).await.unwrap();
        rows.iter().map(|row| row.try_get("", "detail").unwrap()).collect()
    }

    /// Commits writes one after the other.
    pub async fn commit(&self, writes: impl IntoIterator<Item = RunWrite>) {
        for write in writes {
            self.store.commit(write).await.unwrap();
        }
    }
}

async fn open(url: &str) -> Store {
    let options = StoreOptions { url: DatabaseUrl::parse(url).unwrap(), pool_size: 2, patience: PATIENCE };
    Store::open(options).await.unwrap()
}

async fn new_database(server: &str) -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let name = format!("magone_test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let connection = Database::connect(format!("{server}/postgres")).await.unwrap();
    connection.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
    format!("{server}/{name}")
}

/// A key with the hash `hash-<name>`.
pub(crate) fn key(name: &str) -> NewKey {
    NewKey {
        id: KeyId::from_text(format!("key_{name}")),
        hash: format!("hash-{name}"),
        prefix: format!("{name}_live_abc123"),
        name: name.to_owned(),
        grant: Grant::default(),
        rate_limit_per_minute: None,
        test: false,
        expires_at: None,
    }
}

/// A definition of one step; `seconds` makes a difference between versions.
pub(crate) fn definition(id: &str, seconds: u32) -> Definition {
    serde_json::from_value(json!({
        "id": id, "name": format!("About {id}"), "entry_step": "only",
        "steps": [{"id": "only", "type": "transform", "value": "done", "timeout_seconds": seconds}],
    }))
    .unwrap()
}

/// So many milliseconds after the beginning.
pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(EPOCH + millis)
}

/// The id of a run that was accepted so many milliseconds after the beginning.
pub(crate) fn execution_id(millis: u32) -> ExecutionId {
    let time = u128::try_from(EPOCH).unwrap() + u128::from(millis);
    ExecutionId::from_uuid((time << 80) | (7 << 76))
}

/// A run that makes its own writes.
pub(crate) struct Run {
    pub tenant: TenantId,
    pub workflow: TenantWorkflowId,
    pub slug: String,
    pub session: Option<String>,
    pub view: ExecutionView,
}

impl Run {
    /// Of the workflow that [`Fixture::workflow`] makes.
    pub fn new(tenant: &TenantId, slug: &str, millis: u32) -> Self {
        Self {
            tenant: tenant.clone(),
            workflow: TenantWorkflowId::from_text(format!("twf_{tenant}_{slug}")),
            slug: slug.to_owned(),
            session: None,
            view: ExecutionView::new(execution_id(millis), at(i64::from(millis))),
        }
    }

    pub fn id(&self) -> &ExecutionId {
        &self.view.execution_id
    }

    pub fn pins(&self) -> Pins {
        Pins { definition: self.slug.clone(), version: 1, ..Pins::default() }
    }

    /// Seqs 1 to 3.
    pub fn starts(&mut self) -> RunWrite {
        let events = self.fold(json!([
            {"type": "execution.created", "data": {
                "workflow_slug": self.slug, "input": "hello", "context": {}, "session_id": self.session,
                "pins": self.pins(), "interpreter_version": 1, "steps_total": 2, "result_mode": "merged",
            }},
            {"type": "execution.started", "data": {}},
            {"type": "step.started", "data": {"step": "only", "kind": "tool"}},
        ]));
        let row = RowWrite::Insert(Box::new(NewRow {
            tenant_workflow_id: self.workflow.clone(),
            temporal_workflow_id: None,
            input: Json::new(json!({"user_input": "hello", "context": null})),
            pins: self.pins(),
            parent: None,
            interpreter_version: 1,
            webhook_url: Some("https://hooks.example.com/x".to_owned()),
            view: self.view.clone(),
        }));
        self.write(events, row)
    }

    /// Two more seqs; the row stays as it is.
    pub fn goes_on(&mut self) -> RunWrite {
        let events = self.fold(json!([
            {"type": "step.completed", "data": {"step": "only", "output": {"text": "done"}}},
            {"type": "step.started", "data": {"step": "next", "kind": "tool"}},
        ]));
        self.write(events, RowWrite::Keep)
    }

    /// The last seq, with a webhook.
    pub fn ends(&mut self) -> RunWrite {
        let output = json!({"kpis": [1.5], "content": "Sales rose \u{0}"});
        let events = self.fold(json!([{"type": "execution.completed", "data": {"output": output}}]));
        let mut write = self.write(events, RowWrite::Update(Box::new(self.view.clone())));
        write.outbox = vec![Notice {
            id: DeliveryId::from_text(format!("whd_{}", self.id())),
            event: WebhookEvent::ExecutionCompleted,
            url: Some("https://hooks.example.com/x".to_owned()),
            payload: Json::new(json!({"execution_id": self.id()})),
            at: at(5),
        }];
        write
    }

    /// The last seq, as a failure with an author's own code.
    pub fn fails(&mut self) -> RunWrite {
        let failure = json!({"code": "no_figures", "error": "There are no figures"});
        let events = self.fold(json!([{"type": "execution.failed", "data": {"failure": failure}}]));
        self.write(events, RowWrite::Update(Box::new(self.view.clone())))
    }

    fn fold(&mut self, kinds: Value) -> Vec<Event> {
        let kinds: Vec<magone_core::execution::EventKind> = serde_json::from_value(kinds).unwrap();
        let events: Vec<Event> = (self.view.last_seq + 1..)
            .zip(kinds)
            .map(|(seq, kind)| Event { seq, time: at(i64::try_from(seq).unwrap()), kind })
            .collect();
        events.iter().for_each(|event| self.view.apply(event));
        events
    }

    fn write(&self, events: Vec<Event>, row: RowWrite) -> RunWrite {
        RunWrite {
            execution_id: self.id().clone(),
            tenant_id: self.tenant.clone(),
            events: events.into(),
            row,
            outbox: Vec::new(),
            usage: Vec::new(),
            claim: None,
        }
    }
}
