//! `magone` whose server has the Temporal engine: the contract is the same on it. Where Temporal is,
//! and the queue, come from `MAGONE_TEST_TEMPORAL` and `MAGONE_TEST_QUEUE`.

use std::io::Write;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use magone_core::ports::{BoxFuture, StoreError};
use magone_temporal::{Address, Recorder, TemporalEngine, Worker, WorkerParts};
use server::StartError;
use server::engine::{Lifecycle, Parts, RunningEngine};

fn main() -> ExitCode {
    server::cli::run_on(std::env::args_os(), |parts| Box::pin(make(parts)))
}

/// The worker of this process; none once it is drained.
#[derive(Debug)]
struct Working(Mutex<Option<Worker>>);

async fn make(parts: Parts) -> Result<RunningEngine, StartError> {
    let failed = |error: &dyn std::fmt::Display| StartError::System(error.to_string());
    let setting = |name: &str| std::env::var(name).map_err(|_| failed(&format!("{name} is not set")));
    let mut address = Address::parse(&setting("MAGONE_TEST_TEMPORAL")?).map_err(|error| failed(&error))?;
    address.task_queue = setting("MAGONE_TEST_QUEUE")?;
    let recorder = Arc::new(Recorder::new(parts.store, parts.live, parts.mint));
    let engine = TemporalEngine::connect(&address, Arc::clone(&recorder), parts.now).await;
    let engine = engine.map_err(|error| failed(&error))?;
    let work = WorkerParts { activities: parts.activities, recorder };
    let worker = tokio::task::spawn_blocking(move || Worker::start(address, work)).await;
    let worker = worker.map_err(|error| failed(&error))?.map_err(|error| failed(&error))?;
    let lifecycle = Arc::new(Working(Mutex::new(Some(worker))));
    Ok(RunningEngine { engine: Arc::new(engine), lifecycle })
}

impl Lifecycle for Working {
    fn recover(&self) -> BoxFuture<'_, Result<u64, StoreError>> {
        // Temporal makes its own runs go on.
        Box::pin(std::future::ready(Ok(0)))
    }

    /// What is started meanwhile, Temporal keeps for the next worker.
    fn drain(&self, grace: Duration) -> BoxFuture<'_, ()> {
        let worker = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        Box::pin(async move {
            let stopped = tokio::task::spawn_blocking(move || worker.map(|worker| worker.stop(grace))).await;
            if let Ok(Some(Err(error))) = stopped {
                let _ = writeln!(std::io::stderr(), "the worker had stopped by itself: {error}");
            }
        })
    }
}
