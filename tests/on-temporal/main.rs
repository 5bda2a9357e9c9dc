//! `magone` whose server has the Temporal engine: the contract is the same on it. Where Temporal is,
//! and the queue, come from `MAGONE_TEST_TEMPORAL` and `MAGONE_TEST_QUEUE`.

use std::io::Write;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use magone_core::execution::Decision;
use magone_core::ids::ExecutionId;
use magone_core::ports::{BoxFuture, Engine, EngineError, StartRun, StoreError};
use magone_temporal::{Address, Recorder, TemporalEngine, Worker, WorkerParts};
use server::StartError;
use server::engine::{Parts, ServerEngine};

fn main() -> ExitCode {
    server::cli::run_on(std::env::args_os(), |parts| Box::pin(make(parts)))
}

/// The engine and a worker in one process.
#[derive(Debug)]
struct OnTemporal {
    engine: TemporalEngine,
    worker: Mutex<Option<Worker>>,
    draining: AtomicBool,
}

async fn make(parts: Parts) -> Result<Arc<dyn ServerEngine>, StartError> {
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
    Ok(Arc::new(OnTemporal { engine, worker: Mutex::new(Some(worker)), draining: AtomicBool::new(false) }))
}

impl ServerEngine for OnTemporal {
    fn recover(&self) -> BoxFuture<'_, Result<u64, StoreError>> {
        // Temporal makes its own runs go on.
        Box::pin(std::future::ready(Ok(0)))
    }

    fn drain(&self, grace: Duration) -> BoxFuture<'_, ()> {
        self.draining.store(true, Ordering::SeqCst);
        let worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner).take();
        Box::pin(async move {
            let stopped = tokio::task::spawn_blocking(move || worker.map(|worker| worker.stop(grace))).await;
            if let Ok(Some(Err(error))) = stopped {
                let _ = writeln!(std::io::stderr(), "the worker had stopped by itself: {error}");
            }
        })
    }
}

impl Engine for OnTemporal {
    fn start(&self, run: StartRun) -> BoxFuture<'_, Result<(), EngineError>> {
        match self.draining.load(Ordering::SeqCst) {
            true => Box::pin(std::future::ready(Err(EngineError::Draining))),
            false => self.engine.start(run),
        }
    }

    fn cancel(&self, id: ExecutionId, reason: Option<String>) -> BoxFuture<'_, Result<(), EngineError>> {
        self.engine.cancel(id, reason)
    }

    fn decide(
        &self,
        id: ExecutionId,
        approval: String,
        decision: Decision,
    ) -> BoxFuture<'_, Result<(), EngineError>> {
        self.engine.decide(id, approval, decision)
    }
}
