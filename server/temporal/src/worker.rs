//! A worker: a thread with a runtime of its own, because the SDK's worker cannot be moved between
//! threads while it runs.

use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use magone_core::ports::Activities;
use temporalio_sdk::{Runtime, WorkerOptions};
use tokio::runtime::{Builder, Handle};
use tokio_util::sync::CancellationToken;

use crate::activities::Adapter;
use crate::address::Address;
use crate::error::Error;
use crate::recorder::Recorder;
use crate::workflow::AgentWorkflow;

/// After a worker died, its runs wait so long for it before another one takes them.
const STICKY: Duration = Duration::from_secs(1);

/// What a worker works with.
pub struct WorkerParts {
    /// Who does activities.
    pub activities: Arc<dyn Activities>,
    /// Who stores events.
    pub recorder: Arc<Recorder>,
}

impl fmt::Debug for WorkerParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerParts").finish_non_exhaustive()
    }
}

/// A running worker.
pub struct Worker {
    thread: JoinHandle<Result<(), Error>>,
    runtime: Handle,
    no_more: Box<dyn Fn() + Send>,
    stopping: CancellationToken,
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").finish_non_exhaustive()
    }
}

/// What the thread says once it works: how to reach it.
type Working = (Handle, Box<dyn Fn() + Send>);

impl Worker {
    /// Starts a thread and waits until it works.
    ///
    /// # Errors
    /// [`Error::Unreachable`], [`Error::Worker`].
    pub fn start(address: Address, parts: WorkerParts) -> Result<Self, Error> {
        let stopping = CancellationToken::new();
        let adapter =
            Adapter { activities: parts.activities, recorder: parts.recorder, stopping: stopping.clone() };
        let (working, works) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("temporal-worker".to_owned())
            .spawn(move || work(&address, adapter, &working))
            .map_err(|error| Error::Worker(error.to_string()))?;
        match works.recv() {
            Ok((runtime, no_more)) => Ok(Self { thread, runtime, no_more, stopping }),
            // It gave up before it worked, and says why.
            Err(_) => Err(join(thread).err().unwrap_or_else(|| Error::Worker("it stopped".to_owned()))),
        }
    }

    /// Takes nothing new, lets what is under way go on for at most `grace`, then gives it back to
    /// Temporal for another worker. Blocks.
    ///
    /// # Errors
    /// [`Error::Worker`] when it had stopped by itself.
    pub fn stop(self, grace: Duration) -> Result<(), Error> {
        let entered = self.runtime.enter();
        (self.no_more)();
        let stopping = self.stopping;
        self.runtime.spawn(async move {
            tokio::time::sleep(grace).await;
            stopping.cancel();
        });
        drop(entered);
        join(self.thread)
    }
}

fn join(thread: JoinHandle<Result<(), Error>>) -> Result<(), Error> {
    thread.join().unwrap_or_else(|_| Err(Error::Worker("it panicked".to_owned())))
}

fn work(address: &Address, adapter: Adapter, working: &Sender<Working>) -> Result<(), Error> {
    let broken = |error: &dyn fmt::Display| Error::Worker(error.to_string());
    let tokio = Builder::new_multi_thread()
        .enable_all()
        .thread_name("temporal-worker")
        .build()
        .map_err(|error| broken(&error))?;
    let handle = tokio.handle().clone();
    tokio.block_on(async move {
        let client = address.connect().await?;
        let runtime = Runtime::from_current_tokio(Default::default()).map_err(|error| broken(&error))?;
        let options = WorkerOptions::new(address.task_queue.clone())
            .sticky_queue_schedule_to_start_timeout(STICKY)
            .register_activities(adapter)
            .register_workflow::<AgentWorkflow>()
            .map_err(|error| broken(&error))?
            .build();
        let mut worker =
            temporalio_sdk::Worker::new(&runtime, client, options).map_err(|error| broken(&error))?;
        // Whoever started it may have gone.
        let _ = working.send((handle, Box::new(worker.shutdown_handle())));
        worker.run().await.map_err(|error| broken(&error))
    })
}
