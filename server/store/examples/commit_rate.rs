//! How many commits a second the writer takes: `cargo run --release -p magone-store --example
//! commit_rate [tasks] [runs] [folder]`. Each task writes runs of three steps, five commits each,
//! one after the other; every commit waits until it is on the disk. Then 10,000 runs are left
//! unfinished and read back. Prints one JSON line. The folder tells which disk is measured; without
//! one it is that of temporary files.

use std::error::Error;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use magone_core::execution::{Event, EventKind, ExecutionView, Pins};
use magone_core::grant::Grant;
use magone_core::ids::{ExecutionId, KeyId, TenantId, TenantWorkflowId};
use magone_core::json::Json;
use magone_core::ports::{NewRow, RowWrite, RunStore, RunWrite};
use magone_core::time::Timestamp;
use magone_core::workflow::Definition;
use magone_store::{AssignWorkflow, DatabaseUrl, NewKey, NewTenant, Patience, Store, StoreOptions};
use serde_json::{Value, json};
use uuid::Uuid;

/// Runs that are left in the middle, and read back.
const UNFINISHED: u64 = 10_000;
/// How many of them are read at once.
const PAGE: u32 = 1_000;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let tasks: u64 = arguments.next().map_or(Ok(256), |text| text.parse())?;
    let runs: u64 = arguments.next().map_or(Ok(20_000), |text| text.parse())?;
    let folder = match arguments.next() {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let line = runtime.block_on(measure(folder.path().join("rate.db"), tasks, runs))?;
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}

async fn measure(file: std::path::PathBuf, tasks: u64, runs: u64) -> Outcome<Value> {
    let options =
        StoreOptions { url: DatabaseUrl::sqlite(file), pool_size: 4, patience: Patience::default() };
    let store = Store::open(options).await?;
    store.migrate().await?;
    let world = Arc::new(World::make(store).await?);
    let all = world.commits.len();
    let begun = Instant::now();
    let mut waits = write(&world, tasks, runs, all).await?;
    let seconds = begun.elapsed().as_secs_f64();
    waits.sort_unstable();
    let at = |percent: usize| waits.get(waits.len() * percent / 100).map(Duration::as_micros);

    // What a server finds when it was killed in the middle of things.
    write(&world, tasks, UNFINISHED, all - 2).await?;
    let begun = Instant::now();
    let mut found = 0;
    let mut last = None;
    loop {
        let page = world.store.unfinished(last, PAGE).await?;
        let Some(end) = page.last() else { break };
        last = Some(end.execution_id.clone());
        found += page.len();
    }
    let read = begun.elapsed();
    world.store.close().await;
    Ok(json!({
        "tasks": tasks,
        "commits": waits.len(),
        "commits_per_second": (f64::from(u32::try_from(waits.len())?) / seconds).round(),
        "wait_p50_us": at(50).and_then(|us| u64::try_from(us).ok()),
        "wait_p99_us": at(99).and_then(|us| u64::try_from(us).ok()),
        "unfinished_found": found,
        "unfinished_read_ms": u64::try_from(read.as_millis())?,
    }))
}

/// Writes the first `commits` commits of `runs` runs; how long each was waited for.
async fn write(world: &Arc<World>, tasks: u64, runs: u64, commits: usize) -> Outcome<Vec<Duration>> {
    let left = Arc::new(AtomicU64::new(runs));
    let mut writers = Vec::new();
    for _ in 0..tasks {
        let (world, left) = (Arc::clone(world), Arc::clone(&left));
        writers.push(tokio::spawn(async move {
            let mut waits = Vec::new();
            let take = |left: u64| left.checked_sub(1);
            while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
                world.run(commits, &mut waits).await?;
            }
            Outcome::Ok(waits)
        }));
    }
    let mut waits = Vec::new();
    for writer in writers {
        waits.extend(writer.await??);
    }
    Ok(waits)
}

/// A store with one tenant and one workflow.
struct World {
    store: Store,
    tenant: TenantId,
    workflow: TenantWorkflowId,
    commits: Vec<Vec<EventKind>>,
}

impl World {
    async fn make(store: Store) -> Outcome<Self> {
        let tenant = TenantId::from_uuid(Uuid::now_v7().as_u128());
        let workflow = TenantWorkflowId::from_uuid(Uuid::now_v7().as_u128());
        let configuration = store.configuration();
        let key = NewKey {
            id: KeyId::from_uuid(Uuid::now_v7().as_u128()),
            hash: "0".repeat(64),
            prefix: "rate_live_000000".to_owned(),
            name: "first".to_owned(),
            grant: Grant::default(),
            rate_limit_per_minute: None,
            test: false,
            expires_at: None,
        };
        let new = NewTenant {
            id: tenant.clone(),
            name: "Rate".to_owned(),
            slug: "rate".to_owned(),
            rate_limit_per_minute: None,
            key,
        };
        configuration.create_tenant(new).await?;
        configuration.save(&definition()?, None, now()).await?;
        let assign = AssignWorkflow {
            id: workflow.clone(),
            tenant_id: tenant.clone(),
            definition_id: "noop".to_owned(),
            version: None,
            slug: "noop".to_owned(),
            name: None,
            description: None,
            overrides: None,
        };
        configuration.assign_workflow(assign).await?;
        Ok(Self { store, tenant, workflow, commits: commits()? })
    }

    /// One run: made, three steps, ended; or only so many commits of it.
    async fn run(&self, commits: usize, waits: &mut Vec<Duration>) -> Outcome<()> {
        let id = ExecutionId::from_uuid(Uuid::now_v7().as_u128());
        let mut view = ExecutionView::new(id.clone(), now());
        for commit in self.commits.iter().take(commits) {
            let events: Vec<Event> = (view.last_seq + 1..)
                .zip(commit)
                .map(|(seq, kind)| Event { seq, time: now(), kind: kind.clone() })
                .collect();
            let first = view.last_seq == 0;
            let ends = events.iter().any(|event| event.kind.is_terminal());
            events.iter().for_each(|event| view.apply(event));
            let row = match (first, ends) {
                (true, _) => RowWrite::Insert(Box::new(NewRow {
                    tenant_workflow_id: self.workflow.clone(),
                    temporal_workflow_id: None,
                    input: Json::new(
                        json!({"user_input": "Show Q4 sales KPIs", "context": {"region": "dubai"}}),
                    ),
                    pins: pins(),
                    parent: None,
                    interpreter_version: 1,
                    webhook_url: None,
                    view: view.clone(),
                })),
                (_, true) => RowWrite::Update(Box::new(view.clone())),
                _ => RowWrite::Keep,
            };
            let write = RunWrite {
                execution_id: id.clone(),
                tenant_id: self.tenant.clone(),
                events: events.into(),
                row,
                outbox: Vec::new(),
                usage: Vec::new(),
                claim: None,
            };
            let begun = Instant::now();
            self.store.commit(write).await?;
            waits.push(begun.elapsed());
        }
        Ok(())
    }
}

/// What a run of three tool steps commits, one entry for each commit, as it stands in the log.
fn commits() -> Outcome<Vec<Vec<EventKind>>> {
    let output = json!({"content": "Sales rose by 12 percent against Q3.", "confidence": 0.94});
    let request = json!({"tool": "builtin.echo", "arguments": {"text": "Show Q4 sales KPIs"}});
    let created = json!({"type": "execution.created", "data": {
        "workflow_slug": "noop", "input": "Show Q4 sales KPIs", "context": {"region": "dubai"}, "session_id": null,
        "pins": {"definition": "noop", "version": 1, "agents": []}, "interpreter_version": 1, "steps_total": 3,
        "result_mode": "merged",
    }});
    let begin =
        |step| json!({"type": "step.started", "data": {"step": step, "kind": "tool", "request": request}});
    let end = |step| json!({"type": "step.completed", "data": {"step": step, "output": output}});
    let commits = json!([
        [created, {"type": "execution.started", "data": {}}, begin("fetch")],
        [end("fetch"), begin("analyze")],
        [end("analyze"), begin("format")],
        [end("format")],
        [{"type": "execution.completed", "data": {"output": output}}],
    ]);
    Ok(serde_json::from_value(commits)?)
}

fn pins() -> Pins {
    Pins { definition: "noop".to_owned(), version: 1, ..Pins::default() }
}

fn definition() -> Outcome<Definition> {
    Ok(serde_json::from_value(json!({
        "id": "noop", "entry_step": "only", "steps": [{"id": "only", "type": "transform", "value": null}],
    }))?)
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or_default())
}
