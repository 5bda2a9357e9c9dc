//! The door to the writer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use magone_core::ports::{BoxFuture, RunWrite, StoreError};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{DatabaseConnection, DatabaseTransaction, StatementBuilder};
use tokio::sync::{Notify, mpsc, oneshot};

use super::change::{Asked, Change};
use super::task::Task;
use super::unit::Unit;
use super::written::Written;
use crate::connect::Target;
use crate::dialect::Dialect;
use crate::entity::config_revision;
use crate::row;

/// Writes that may wait; whoever comes later waits for a place.
const PLACES: usize = 4096;

/// Something to be written, and who waits for it.
pub(super) enum Work {
    Run(Box<Unit>, oneshot::Sender<Result<(), StoreError>>),
    Change(Box<dyn Change>, Pace),
    Close(oneshot::Sender<()>),
}

/// How long a change may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// A few statements.
    Usual,
    /// As long as it takes: a change of the schema.
    Patient,
}

/// A handle; the writer itself is a task.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    queue: mpsc::Sender<Work>,
    dialect: Dialect,
    /// The last write failed, and none worked since.
    failing: Arc<AtomicBool>,
    /// Somebody was told something.
    told: Arc<Notify>,
    written: Written,
}

impl Writer {
    /// Starts the task on the current runtime. `connection` is its first one; when that breaks it
    /// makes another.
    pub(crate) fn start(target: Target, connection: DatabaseConnection) -> Self {
        let (queue, waiting) = mpsc::channel(PLACES);
        let (dialect, failing) = (target.dialect(), Arc::<AtomicBool>::default());
        let written = Written::default();
        tokio::spawn(Task::new(target, connection, Arc::clone(&failing), written.clone()).run(waiting));
        Self { queue, dialect, failing, told: Arc::default(), written }
    }

    /// Transactions so far, and the commits of runs that they held.
    pub(crate) fn written(&self) -> (u64, u64) {
        self.written.read()
    }

    /// Whether it can write. Where the last write failed it writes something: a disk that is full
    /// gives out its lock all the same.
    pub(crate) async fn prove(&self) -> Result<(), StoreError> {
        let failing = self.failing.load(Ordering::SeqCst);
        self.change(move |transaction| {
            Box::pin(async move { if failing { touch(transaction).await } else { Ok(()) } })
        })
        .await?;
        self.failing.store(false, Ordering::SeqCst);
        Ok(())
    }

    /// Writes one run's transaction. With `Ok` it is on the disk.
    pub(crate) async fn commit(&self, write: RunWrite) -> Result<(), StoreError> {
        let unit = Box::new(Unit::new(&write, self.dialect)?);
        let (waiter, answer) = oneshot::channel();
        self.queue.send(Work::Run(unit, waiter)).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())??;
        if !write.outbox.is_empty() {
            self.told.notify_one();
        }
        Ok(())
    }

    /// Wakes when webhooks may have come into the outbox.
    pub(crate) fn told(&self) -> Arc<Notify> {
        Arc::clone(&self.told)
    }

    /// Carries out a change in a transaction of its own. With `Ok` it is on the disk.
    pub(crate) async fn change<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t DatabaseTransaction) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.change_at(Pace::Usual, work).await
    }

    /// Carries out one statement in a transaction of its own; how many rows it concerned.
    pub(crate) async fn execute<S>(&self, statement: S) -> Result<u64, StoreError>
    where
        S: StatementBuilder + Send + Sync + 'static,
    {
        self.change(move |transaction| Box::pin(async move { row::execute(transaction, &statement).await }))
            .await
    }

    /// As [`Writer::change`], for as long as it takes.
    pub(crate) async fn change_patiently<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t DatabaseTransaction) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.change_at(Pace::Patient, work).await
    }

    async fn change_at<T, E, F>(&self, pace: Pace, work: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t DatabaseTransaction) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (waiter, answer) = oneshot::channel();
        let asked = Box::new(Asked::new(work, waiter));
        self.queue.send(Work::Change(asked, pace)).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    /// Lets what waits be written, then closes the connection. What comes later is refused.
    pub(crate) async fn close(&self) {
        let (waiter, done) = oneshot::channel();
        if self.queue.send(Work::Close(waiter)).await.is_ok() {
            // An error means that the task is gone: closed as well.
            let _ = done.await;
        }
    }
}

/// Writes as little as possible. It has to be a change: SQLite does not write what is there already.
/// That servers look at their configuration again does no harm after a failure.
async fn touch(transaction: &DatabaseTransaction) -> Result<(), StoreError> {
    use config_revision::{Column, Entity};
    let mut update = Query::update();
    update.table(Entity).value(Column::Revision, Expr::col(Column::Revision).add(1));
    row::execute(transaction, &update).await.map(|_| ())
}

fn closed() -> StoreError {
    StoreError::Unavailable("the store is closed".to_owned())
}
