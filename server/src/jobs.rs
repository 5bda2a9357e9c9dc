//! What goes on in the background: recovery at start, and looking for changes of configuration.

use std::sync::Arc;
use std::time::Duration;

use magone_service::{ServiceError, Services};
use tokio_util::sync::CancellationToken;

use crate::application::Application;
use crate::engine::Lifecycle;
use crate::readiness::Readiness;

/// How often the configuration's revision is looked at: the command line's changes are noticed
/// within a second.
const LOOK: Duration = Duration::from_millis(500);
/// How often last uses of keys are written.
const WRITE_USES: Duration = Duration::from_secs(5);
/// How often tenants that are to be erased are looked for.
const ERASE: Duration = Duration::from_secs(1);
/// How often what is old is looked for; the first time at the start.
const REMOVE_OLD: Duration = Duration::from_secs(3_600);
/// How often idempotency keys are looked through for those that are old enough to be forgotten.
const FORGET: Duration = Duration::from_secs(600);
/// Pause before recovery is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// Starts every job on the shared runtime.
pub fn start(application: &Application) {
    let runtime = &application.state.runtime;
    let services = application.state.services.clone();
    runtime.spawn(recover(services, Arc::clone(&application.engine), application.state.readiness.clone()));
    let (services, stopping) = (application.state.services.clone(), application.state.stopping.clone());
    let (users, keys) = (services.clone(), services.clone());
    runtime.spawn(every(LOOK, stopping.clone(), move || {
        let services = services.clone();
        async move {
            if let Err(error) = services.notice_changes().await {
                tracing::warn!(%error, "configuration's revision cannot be read");
            }
        }
    }));
    let (erasing, keeping) = (users.clone(), users.clone());
    runtime.spawn(every(WRITE_USES, stopping.clone(), move || write_uses(users.clone())));
    runtime.spawn(every(ERASE, stopping.clone(), move || erase(erasing.clone())));
    runtime.spawn(every(FORGET, stopping.clone(), move || forget_keys(keys.clone())));
    runtime.spawn(remove_old(keeping.clone()));
    runtime.spawn(every(REMOVE_OLD, stopping, move || remove_old(keeping.clone())));
}

/// Does it again and again, with this pause before each time, until the server stops.
async fn every<F: Future<Output = ()>>(
    pause: Duration,
    stopping: CancellationToken,
    mut work: impl FnMut() -> F,
) {
    loop {
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(pause) => work().await,
        }
    }
}

/// Goes on with tenants that are to be erased.
async fn erase(services: Services) {
    if let Err(error) = services.go_on_erasing().await {
        tracing::warn!(error = error.internal(), "tenants cannot be erased yet");
    }
}

/// Removes what tenants keep no longer.
async fn remove_old(services: Services) {
    match services.remove_old().await {
        Ok(0) => {}
        Ok(rows) => tracing::info!(rows.removed = rows, "what was kept long enough is removed"),
        Err(error) => tracing::warn!(error = error.internal(), "what is old cannot be removed yet"),
    }
}

/// Writes down when keys were last used.
pub async fn write_uses(services: Services) {
    if let Err(error) = services.write_uses().await {
        tracing::warn!(error = error.internal(), "last uses of keys cannot be written yet");
    }
}

/// Takes away idempotency keys that are old enough.
async fn forget_keys(services: Services) {
    match services.forget_keys().await {
        Ok(0) => {}
        Ok(keys) => tracing::info!(keys.forgotten = keys, "idempotency keys are old enough"),
        Err(error) => tracing::warn!(error = error.internal(), "idempotency keys cannot be looked through"),
    }
}

/// Unfinished runs go on. A database that is away is waited for.
async fn recover(services: Services, engine: Arc<dyn Lifecycle>, readiness: Arc<Readiness>) {
    loop {
        // What is under way already counts before anything else is admitted.
        let recovered = match services.resume_tenants().await {
            Ok(()) => engine.recover().await.map_err(ServiceError::from),
            Err(error) => Err(error),
        };
        match recovered {
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
