//! What the engine needs from the rest, as traits: only where there are two implementations or a
//! test needs a hand in between.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::activity::{Activity, ActivityError, ActivityOutput};
use crate::execution::{Decision, Event, ExecutionView, Parent, Pins, Refusal, Retry};
use crate::idempotency::Claim;
use crate::ids::{DeliveryId, ExecutionId, TenantId, TenantWorkflowId};
use crate::json::Json;
use crate::knowledge::{Hit, Retrieval};
use crate::limit::NewUsage;
use crate::speech::{Piece, Speech};
use crate::time::Timestamp;
use crate::webhook::WebhookEvent;
use crate::workflow::program::Program;

/// A boxed future, so that ports can be `Arc<dyn …>`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Why the store could not do it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The row that would have been written is there already, or was changed by somebody else.
    #[error("conflict: {0}")]
    Conflict(String),
    /// There is no such row.
    #[error("not found: {0}")]
    NotFound(String),
    /// The database cannot be reached, is full or read-only; it may come back.
    #[error("database unavailable: {0}")]
    Unavailable(String),
    /// Anything else: a fault of ours, or a damaged database.
    #[error("database error: {0}")]
    Internal(String),
}

/// One transaction: all that must be true together.
#[derive(Clone, Debug)]
pub struct RunWrite {
    /// The run.
    pub execution_id: ExecutionId,
    /// The run's tenant.
    pub tenant_id: TenantId,
    /// Events to append, with consecutive seqs; the first must follow what is stored
    /// (otherwise [`StoreError::Conflict`]).
    pub events: Arc<[Event]>,
    /// What the run's own row becomes.
    pub row: RowWrite,
    /// What is told to whoever asked to be told.
    pub outbox: Vec<Notice>,
    /// What is added to the tenant's usage.
    pub usage: Vec<NewUsage>,
    /// The key that the run is asked for with. Where another run has it, nothing is written
    /// ([`StoreError::Conflict`]).
    pub claim: Option<Claim>,
}

/// What happens to the run's own row.
#[derive(Clone, Debug)]
pub enum RowWrite {
    /// The row is made.
    Insert(Box<NewRow>),
    /// The row is left as it is: its state did not change.
    Keep,
    /// The row takes over the projection's columns.
    Update(Box<ExecutionView>),
}

/// A run's row at its beginning.
#[derive(Clone, Debug)]
pub struct NewRow {
    /// The tenant's workflow.
    pub tenant_workflow_id: TenantWorkflowId,
    /// What Temporal knows the run by; `None` for the embedded engine.
    pub temporal_workflow_id: Option<String>,
    /// Column `input`: `{"user_input": …, "context": …}`, as in the source.
    pub input: Json,
    /// Versions.
    pub pins: Pins,
    /// The run that started this one.
    pub parent: Option<ExecutionId>,
    /// Version of the interpreter.
    pub interpreter_version: u32,
    /// Where the result is posted.
    pub webhook_url: Option<String>,
    /// The projection's columns.
    pub view: ExecutionView,
}

/// Something that is told: to the URL that came with the run, and to each of the tenant's endpoints that
/// asks for such events when the transaction is written.
#[derive(Clone, Debug)]
pub struct Notice {
    /// `webhook-id` of the delivery to the run's URL; what those to endpoints have begins with it.
    pub id: DeliveryId,
    /// What happened.
    pub event: WebhookEvent,
    /// The run's URL, where this event is told to it.
    pub url: Option<String>,
    /// The body.
    pub payload: Json,
    /// When it happened: it is due at once.
    pub at: Timestamp,
}

/// A run as it is stored.
#[derive(Clone, Debug)]
pub struct StoredRun {
    /// The run.
    pub execution_id: ExecutionId,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// The tenant's workflow.
    pub tenant_workflow_id: TenantWorkflowId,
    /// Versions.
    pub pins: Pins,
    /// Version of the interpreter.
    pub interpreter_version: u32,
    /// Where the result is posted.
    pub webhook_url: Option<String>,
    /// What Temporal knows the run by; `None` for the embedded engine.
    pub temporal_workflow_id: Option<String>,
    /// The whole log.
    pub log: Vec<Event>,
}

/// Where runs are kept.
pub trait RunStore: Send + Sync + 'static {
    /// Writes one transaction; when it resolves with `Ok`, it is on disk.
    fn commit(&self, write: RunWrite) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Keeps a key for a run whose own row comes later. Whoever keeps it a second time for the same run
    /// may.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where another run has it.
    fn claim<'a>(
        &'a self,
        tenant_id: &TenantId,
        id: &ExecutionId,
        claim: &Claim,
    ) -> BoxFuture<'a, Result<(), StoreError>>;

    /// The run of that id; `None` where there is none that this product made.
    fn stored(&self, id: &ExecutionId) -> BoxFuture<'_, Result<Option<StoredRun>, StoreError>>;

    /// Unfinished runs of the embedded engine with ids above `after`, in the order of their ids, at
    /// most `limit`.
    fn unfinished(
        &self,
        after: Option<ExecutionId>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<StoredRun>, StoreError>>;

    /// The program of these versions. Immutable, so implementations keep it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when a version is gone, [`StoreError::Internal`] when it does not
    /// validate any more.
    fn program(&self, pins: &Pins) -> BoxFuture<'_, Result<Arc<Program>, StoreError>>;
}

/// An activity with everything that an implementation may need to do it.
#[derive(Clone, Debug)]
pub struct ActivityCall {
    /// The run.
    pub execution_id: ExecutionId,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// The same for every repetition of the same attempt; providers deduplicate by it.
    pub idempotency_key: String,
    /// Forces the scripted provider, whatever the model's name says.
    pub scripted: bool,
    /// Where a model's words go while it says them.
    pub speech: Speech,
    /// What to do.
    pub activity: Activity,
}

/// Who does activities. Dropping the future cancels the call.
pub trait Activities: Send + Sync + 'static {
    /// Does one activity.
    fn call(&self, call: ActivityCall) -> BoxFuture<'static, Result<ActivityOutput, ActivityError>>;

    /// Names of the tools that exist; definitions that name others do not validate.
    fn tools(&self) -> Vec<String>;
}

/// Where knowledge is kept, in collections. Each belongs to a tenant, and no tenant finds anything in
/// another one's.
pub trait KnowledgeStore: Send + Sync + 'static {
    /// Names of all collections, whosever they are, sorted: what definitions may name, and nothing
    /// that a tenant is told.
    fn collections(&self) -> BoxFuture<'_, Result<Vec<String>, StoreError>>;

    /// Searches the tenant's collection of that name. Dropping the future stops it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the tenant has no such collection, whoever else has one.
    fn retrieve(
        &self,
        tenant_id: &TenantId,
        retrieval: Retrieval,
    ) -> BoxFuture<'static, Result<Vec<Hit>, StoreError>>;
}

/// Events that are on disk, on their way to whoever watches.
#[derive(Clone, Debug)]
pub struct Committed {
    /// The run.
    pub execution_id: ExecutionId,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// The events.
    pub events: Arc<[Event]>,
    /// The projection after them. Whoever watches may have come in the middle of the run, as at a
    /// start after a crash, and cannot fold it.
    pub view: Arc<ExecutionView>,
}

/// Who watches runs. Nothing here may block.
pub trait LiveRuns: Send + Sync + 'static {
    /// Events of a run are on disk.
    fn committed(&self, batch: Committed);

    /// A model of a run says something.
    fn said(&self, piece: Piece) {
        drop(piece);
    }

    /// The projection of a run in flight here; `None` where it is not, or has ended.
    fn view(&self, execution_id: &ExecutionId) -> Option<ExecutionView>;

    /// Resolves with the last projection when the run ends here. Whoever waits is registered when
    /// this returns, so it may be called before the run is started.
    fn ending(&self, execution_id: &ExecutionId) -> BoxFuture<'static, ExecutionView>;
}

/// A run to be started.
#[derive(Clone, Debug)]
pub struct StartRun {
    /// The run's id, minted by the caller.
    pub execution_id: ExecutionId,
    /// The run's tenant.
    pub tenant_id: TenantId,
    /// The tenant's slug.
    pub tenant_slug: String,
    /// The tenant's workflow.
    pub tenant_workflow_id: TenantWorkflowId,
    /// The tenant's name for it.
    pub workflow_slug: String,
    /// What the caller sent.
    pub input: Json,
    /// The definition's defaults overlaid with the caller's.
    pub context: Json,
    /// The caller's session.
    pub session_id: Option<String>,
    /// Where the result is posted.
    pub webhook_url: Option<String>,
    /// Versions.
    pub pins: Pins,
    /// The program of these versions.
    pub program: Arc<Program>,
    /// The run that starts this one.
    pub parent: Option<Parent>,
    /// How it tries another run again.
    pub retry: Option<Retry>,
    /// The key that it is asked for with.
    pub claim: Option<Claim>,
}

/// Why the engine did not do it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// The server is shutting down.
    #[error("the engine takes no new runs: the server is shutting down")]
    Draining,
    /// The run is not here: unknown, or ended.
    #[error("no such run in flight")]
    NotInFlight,
    /// The run is larger than the engine can carry.
    #[error("{0}")]
    TooLarge(String),
    /// What the engine works with did not answer; nothing is known to have begun.
    #[error("the engine cannot be reached: {0}")]
    Unreachable(String),
    /// The decision cannot be taken.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who makes runs go on.
pub trait Engine: Send + Sync + 'static {
    /// Starts a run. When it resolves with `Ok`, the run is on disk and will reach its end. Where another
    /// run has its key, [`StoreError::Conflict`]: nothing was started.
    fn start(&self, run: StartRun) -> BoxFuture<'_, Result<(), EngineError>>;

    /// Asks for cancellation. When it resolves with `Ok`, the wish is on disk.
    fn cancel(
        &self,
        execution_id: ExecutionId,
        reason: Option<String>,
    ) -> BoxFuture<'_, Result<(), EngineError>>;

    /// Whether the run is in flight here and will end here: then nobody has to look for its end elsewhere.
    fn carries(&self, execution_id: &ExecutionId) -> bool {
        let _ = execution_id;
        false
    }

    /// Hands in a decision that the run waits for. When it resolves with `Ok`, it is on disk.
    fn decide(
        &self,
        execution_id: ExecutionId,
        approval: String,
        decision: Decision,
    ) -> BoxFuture<'_, Result<(), EngineError>>;
}
