//! What handlers work with.

use std::sync::Arc;

use magone_core::time::Timestamp;
use magone_service::{ServiceError, Services};
use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::actors::LiveRegistry;
use crate::config::Proxies;
use crate::problem::Problem;
use crate::readiness::Readiness;
use crate::throttle::Throttle;

/// What handlers work with. Cheap to clone.
#[derive(Clone, Debug)]
pub struct AppState {
    /// The use-cases.
    pub services: Services,
    /// The runs in flight.
    pub live: LiveRegistry,
    /// The runtime that owns database and provider connections.
    pub runtime: Handle,
    /// Whether requests are to be sent here.
    pub readiness: Arc<Readiness>,
    /// The server is shutting down: streams say so and end.
    pub draining: CancellationToken,
    /// The time for finishing is over: whoever waits is answered now.
    pub stopping: CancellationToken,
    /// Proxies whose word about who calls is taken.
    pub proxies: Arc<Proxies>,
    /// Wrong keys, by address.
    pub wrong_keys: Throttle,
    /// The clock.
    pub now: fn() -> Timestamp,
}

impl AppState {
    /// Waits for something on the runtime that owns the connections. It is given up when nobody waits
    /// any more, and never comes where the runtime ends.
    pub fn keep<T, W>(&self, wish: W) -> impl Future<Output = T> + use<T, W>
    where
        T: Send + 'static,
        W: Future<Output = T> + Send + 'static,
    {
        let mut waiting = JoinSet::new();
        waiting.spawn_on(wish, &self.runtime);
        async move {
            match waiting.join_next().await {
                Some(Ok(come)) => come,
                _ => std::future::pending().await,
            }
        }
    }

    /// Does a use-case on the runtime that owns the connections: a socket that is opened in an HTTP
    /// worker would stall whenever that worker is busy. It begins at once; whoever waits holds no more of
    /// it than its outcome.
    ///
    /// # Errors
    /// What the use-case says.
    pub fn call<T, W>(&self, work: W) -> impl Future<Output = Result<T, Problem>> + use<T, W>
    where
        T: Send + 'static,
        W: Future<Output = Result<T, ServiceError>> + Send + 'static,
    {
        let done = self.runtime.spawn(work);
        let fault = |error| ServiceError::Internal(format!("a use-case ended abnormally: {error}"));
        async move { Ok(done.await.unwrap_or_else(|error| Err(fault(error)))?) }
    }
}
