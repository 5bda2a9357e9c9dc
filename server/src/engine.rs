//! The engine that makes a server's runs go on, with its beginning and its end. The server makes the
//! embedded one; whoever puts the server together otherwise hands in how to make another.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use magone_core::ports::{BoxFuture, Engine, StoreError};
use magone_engine::EmbeddedEngine;

pub use magone_engine::Parts;

use crate::StartError;

/// An engine's beginning and end.
pub trait Lifecycle: fmt::Debug + Send + Sync {
    /// Puts unfinished runs back into flight, once; how many there were.
    fn recover(&self) -> BoxFuture<'_, Result<u64, StoreError>>;

    /// Comes to rest within about `grace`. What is not done by then, or is still taken on, goes on at the
    /// next start.
    fn drain(&self, grace: Duration) -> BoxFuture<'_, ()>;
}

/// An engine as a server has it.
pub struct RunningEngine {
    /// What use-cases ask.
    pub engine: Arc<dyn Engine>,
    /// Its beginning and end.
    pub lifecycle: Arc<dyn Lifecycle>,
}

impl fmt::Debug for RunningEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunningEngine").field("lifecycle", &self.lifecycle).finish_non_exhaustive()
    }
}

/// Makes an engine on the runtime that is to drive it.
pub type MakeEngine = fn(Parts) -> BoxFuture<'static, Result<RunningEngine, StartError>>;

/// Makes the embedded engine.
pub fn embedded(parts: Parts) -> BoxFuture<'static, Result<RunningEngine, StartError>> {
    let engine = Arc::new(EmbeddedEngine::new(parts));
    let running = RunningEngine { engine: engine.clone(), lifecycle: engine };
    Box::pin(std::future::ready(Ok(running)))
}

impl Lifecycle for EmbeddedEngine {
    fn recover(&self) -> BoxFuture<'_, Result<u64, StoreError>> {
        Box::pin(EmbeddedEngine::recover(self))
    }

    fn drain(&self, grace: Duration) -> BoxFuture<'_, ()> {
        Box::pin(EmbeddedEngine::drain(self, grace))
    }
}
