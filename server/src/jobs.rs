//! What goes on in the background: recovery at start, and looking for changes of configuration.

use std::sync::Arc;
use std::time::Duration;

use crate::application::Application;
use crate::engine::Lifecycle;
use crate::readiness::Readiness;

/// How often the configuration's revision is looked at: the command line's changes are noticed
/// within a second.
const LOOK: Duration = Duration::from_millis(500);
/// Pause before recovery is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// Starts every job on the shared runtime.
pub fn start(application: &Application) {
    let runtime = &application.state.runtime;
    runtime.spawn(recover(Arc::clone(&application.engine), application.state.readiness.clone()));
    let (services, stopping) = (application.state.services.clone(), application.state.stopping.clone());
    runtime.spawn(async move {
        loop {
            tokio::select! {
                () = stopping.cancelled() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
            if let Err(error) = services.catalog().refresh().await {
                tracing::warn!(%error, "configuration's revision cannot be read");
            }
        }
    });
}

/// Unfinished runs go on. A database that is away is waited for.
async fn recover(engine: Arc<dyn Lifecycle>, readiness: Arc<Readiness>) {
    loop {
        match engine.recover().await {
            Ok(runs) => {
                tracing::info!(runs.resumed = runs, "recovery done");
                readiness.set_recovered();
                return;
            }
            Err(error) => tracing::warn!(%error, "recovery failed, trying again"),
        }
        tokio::time::sleep(AGAIN).await;
    }
}
