//! The engine that makes a server's runs go on, with its beginning and its end. The server makes the
//! embedded one; whoever puts the server together otherwise hands in how to make another.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use magone_core::ports::{BoxFuture, Engine, StoreError};
use magone_engine::EmbeddedEngine;

pub use magone_engine::Parts;

use crate::StartError;

/// An engine as a server has it.
pub trait ServerEngine: Engine + fmt::Debug {
    /// Puts unfinished runs back into flight, once; how many there were.
    fn recover(&self) -> BoxFuture<'_, Result<u64, StoreError>>;

    /// Takes no new runs, and comes to rest within about `grace`. What is not done by then goes on at
    /// the next start.
    fn drain(&self, grace: Duration) -> BoxFuture<'_, ()>;
}

/// Makes an engine on the runtime that is to drive it.
pub type MakeEngine = fn(Parts) -> BoxFuture<'static, Result<Arc<dyn ServerEngine>, StartError>>;

/// Makes the embedded engine.
pub fn embedded(parts: Parts) -> BoxFuture<'static, Result<Arc<dyn ServerEngine>, StartError>> {
    let engine: Arc<dyn ServerEngine> = Arc::new(EmbeddedEngine::new(parts));
    Box::pin(std::future::ready(Ok(engine)))
}

impl ServerEngine for EmbeddedEngine {
    fn recover(&self) -> BoxFuture<'_, Result<u64, StoreError>> {
        Box::pin(EmbeddedEngine::recover(self))
    }

    fn drain(&self, grace: Duration) -> BoxFuture<'_, ()> {
        Box::pin(EmbeddedEngine::drain(self, grace))
    }
}
