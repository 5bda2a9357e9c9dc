//! A worker of the Temporal engine that tests can kill:
//! `temporal-worker <host:port> <queue> <database> hold|answer`. It writes the idempotency key of every
//! activity that it begins to its standard output.

use std::error::Error;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use magone_core::activity::{ActivityError, ActivityOutput};
use magone_core::execution::ExecutionView;
use magone_core::ids::ExecutionId;
use magone_core::ports::{Activities, ActivityCall, BoxFuture, Committed, LiveRuns};
use magone_store::{DatabaseUrl, Patience, Store, StoreOptions};
use magone_temporal::{Address, Recorder, Worker, WorkerParts};
use serde_json::json;

/// Says what it begins, and holds it or answers.
struct Hand {
    holds: bool,
}

impl Activities for Hand {
    fn call(&self, call: ActivityCall) -> BoxFuture<'static, Result<ActivityOutput, ActivityError>> {
        let holds = self.holds;
        Box::pin(async move {
            let mut out = std::io::stdout();
            // Whoever started it reads it, or is gone.
            let _ = writeln!(out, "{}", call.idempotency_key).and_then(|()| out.flush());
            if holds {
                std::future::pending::<()>().await;
            }
            Ok(ActivityOutput::ExecuteTool { output: json!("answered") })
        })
    }

    fn tools(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Nobody watches here.
struct Nobody;

impl LiveRuns for Nobody {
    fn committed(&self, _batch: Committed) {}

    fn view(&self, _execution_id: &ExecutionId) -> Option<ExecutionView> {
        None
    }

    fn ending(&self, _execution_id: &ExecutionId) -> BoxFuture<'static, ExecutionView> {
        Box::pin(std::future::pending())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("temporal-worker <host:port> <queue> <database> hold|answer");
    let (server, queue, database, mode) = (next()?, next()?, next()?, next()?);
    let mut address = Address::parse(&server)?;
    address.task_queue = queue;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let options =
        StoreOptions { url: DatabaseUrl::sqlite(database), pool_size: 2, patience: Patience::default() };
    let store = runtime.block_on(Store::open(options))?;
    // No run of these tests owes a webhook.
    let recorder = Arc::new(Recorder::new(Arc::new(store), Arc::new(Nobody), || 0));
    let activities = Arc::new(Hand { holds: mode == "hold" });
    let _worker = Worker::start(address, WorkerParts { activities, recorder })?;
    loop {
        std::thread::park_timeout(Duration::MAX);
    }
}
