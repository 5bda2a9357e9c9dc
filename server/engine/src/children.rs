//! Children: runs that a run starts and waits for. Their ids follow from their parents, so that one
//! that is there already, from before a crash or from a commit that broke off, is found and not
//! started a second time.

use std::sync::Arc;
use std::time::Duration;

use magone_core::child::{self, Family, UNWANTED};
use magone_core::error::ErrorCode;
use magone_core::execution::{ChildEnd, ChildRun};
use magone_core::failure::Failure;
use magone_core::ids::ExecutionId;
use magone_core::ports::{EngineError, StartRun, StoreError};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::embedded::Shared;
use crate::recovery::resume;

/// Pause before a database that is away is asked again.
const PAUSE: Duration = Duration::from_millis(500);

/// A child that is attended to.
#[derive(Debug)]
pub(crate) struct Attended {
    /// Resolves with its end; with an error where it is not attended to any longer.
    pub end: oneshot::Receiver<ChildEnd>,
    /// Cancelled where nobody wants the child any more.
    pub unwanted: CancellationToken,
}

/// How far starting a child got.
enum Begun {
    /// It is in flight.
    Going,
    /// It is over.
    Ended(ChildEnd),
    /// The server shuts down; the next start goes on.
    NotNow,
}

impl Shared {
    /// Starts a child where it is not there, and waits for it, in a task of its own: whoever stops
    /// waiting never leaves a child that is half started.
    pub(crate) fn attend(self: &Arc<Self>, family: Family, child: ChildRun) -> Attended {
        let (sender, end) = oneshot::channel();
        let unwanted = CancellationToken::new();
        self.spawn(attend(Arc::clone(self), family, child, sender, unwanted.clone()));
        Attended { end, unwanted }
    }
}

async fn attend(
    shared: Arc<Shared>,
    family: Family,
    child: ChildRun,
    mut sender: oneshot::Sender<ChildEnd>,
    unwanted: CancellationToken,
) {
    let id = child.execution_id.clone();
    // Registered before it is begun: its end cannot be missed.
    let ending = shared.live.ending(&id);
    let end = match begin(&shared, family, child, &unwanted).await {
        Begun::Ended(end) => Some(end),
        Begun::NotNow => None,
        Begun::Going => tokio::select! {
            _ = ending => ended(&shared, &id).await,
            () = unwanted.cancelled() => None,
            () = sender.closed() => None,
        },
    };
    if unwanted.is_cancelled() {
        // What has ended, or is not in flight because of a shutdown, is not told; the next start looks
        // for children whose parents do not wait.
        let _ = shared.cancel(&id, Some(UNWANTED.to_owned())).await;
        return;
    }
    if let Some(end) = end {
        // A parent that is gone meanwhile asks again when it comes back.
        let _ = sender.send(end);
    }
}

async fn begin(shared: &Arc<Shared>, family: Family, child: ChildRun, unwanted: &CancellationToken) -> Begun {
    let prepared = until(shared, unwanted, || prepare(shared, family.clone(), child.clone())).await;
    let start = match prepared {
        None => return Begun::NotNow,
        Some(Err(failure)) => return Begun::Ended(ChildEnd::refused(failure)),
        Some(Ok(start)) => start,
    };
    until(shared, unwanted, || launch(shared, start.clone())).await.unwrap_or(Begun::NotNow)
}

/// Asks until the database answers; `None` where that is no longer wanted.
async fn until<T, F: Future<Output = Result<T, StoreError>>>(
    shared: &Shared,
    unwanted: &CancellationToken,
    mut ask: impl FnMut() -> F,
) -> Option<T> {
    loop {
        match ask().await {
            Ok(answer) => return Some(answer),
            Err(error) => tracing::warn!(%error, "a child cannot be looked after, trying again"),
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = unwanted.cancelled() => return None,
            () = shared.draining.cancelled() => return None,
        }
    }
}

async fn prepare(
    shared: &Shared,
    family: Family,
    child: ChildRun,
) -> Result<Result<StartRun, Failure>, StoreError> {
    let family = match family.of_child(&child) {
        Ok(family) => family,
        Err(failure) => return Ok(Err(failure)),
    };
    match shared.store.program(&family.pins).await {
        Ok(program) => Ok(child::start(family, child, program)),
        Err(error @ StoreError::Unavailable(_)) => Err(error),
        Err(error) => Ok(Err(child::lost(&child, &error))),
    }
}

async fn launch(shared: &Arc<Shared>, start: StartRun) -> Result<Begun, StoreError> {
    let id = start.execution_id.clone();
    match shared.begin(start).await {
        Ok(()) => Ok(Begun::Going),
        Err(EngineError::Store(StoreError::Conflict(_))) => found(shared, &id).await,
        Err(EngineError::Store(error @ StoreError::Unavailable(_))) => Err(error),
        Err(EngineError::Draining) => Ok(Begun::NotNow),
        Err(error) => {
            let failure = Failure::new(ErrorCode::Internal, "The child execution could not be started");
            Ok(Begun::Ended(ChildEnd::refused(failure.with_detail(error.to_string()))))
        }
    }
}

/// A child that is there already.
async fn found(shared: &Arc<Shared>, id: &ExecutionId) -> Result<Begun, StoreError> {
    // In this order: what was in flight and is not over in the database will still be heard of.
    let in_flight = shared.is_in_flight(id);
    let Some(stored) = shared.store.stored(id).await? else {
        return Err(StoreError::Unavailable(format!("{id} is there and cannot be read")));
    };
    if let Some(end) = ChildEnd::of(&stored.log) {
        return Ok(Begun::Ended(end));
    }
    if in_flight {
        return Ok(Begun::Going);
    }
    // Written by a commit that seemed to have broken off.
    match resume(shared, stored).await? {
        Some(flight) => {
            shared.launch(flight);
            Ok(Begun::Going)
        }
        None => {
            let failure = Failure::new(ErrorCode::DefinitionError, "The child execution cannot go on");
            Ok(Begun::Ended(ChildEnd::refused(failure)))
        }
    }
}

/// How a child ended that was heard to have ended.
async fn ended(shared: &Shared, id: &ExecutionId) -> Option<ChildEnd> {
    let never = CancellationToken::new();
    let stored = until(shared, &never, || shared.store.stored(id)).await??;
    ChildEnd::of(&stored.log)
}
