//! The task that writes.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use magone_core::ports::StoreError;
use sea_orm::{DatabaseConnection, DatabaseTransaction, TransactionTrait};
use tokio::sync::{mpsc, oneshot};

use super::change::Change;
use super::group::{one_by_one, together};
use super::queue::{Pace, Work};
use super::statement::Texts;
use super::unit::Unit;
use super::written::Written;
use crate::connect::Target;
use crate::dialect::Dialect;
use crate::silence::Limit;

/// Units of one transaction at most.
const MOST_UNITS: usize = 512;
/// Statements that a change has, about.
const STATEMENTS: u32 = 3;

type Waiter = oneshot::Sender<Result<(), StoreError>>;
type Group = Vec<(Box<Unit>, Waiter)>;

pub(super) struct Task {
    target: Target,
    dialect: Dialect,
    limit: Limit,
    connection: Option<DatabaseConnection>,
    texts: Texts,
    /// For those who ask whether anything can be written.
    failing: Arc<AtomicBool>,
    written: Written,
}

impl Task {
    pub(super) fn new(
        target: Target,
        connection: DatabaseConnection,
        failing: Arc<AtomicBool>,
        written: Written,
    ) -> Self {
        let (dialect, limit, texts) = (target.dialect(), target.limit(), Texts::new(target.dialect()));
        Self { target, dialect, limit, connection: Some(connection), texts, failing, written }
    }

    /// Works until every handle is gone or one of them closes the store.
    pub(super) async fn run(mut self, mut queue: mpsc::Receiver<Work>) {
        let mut waiting = Vec::with_capacity(MOST_UNITS);
        let mut closers = Vec::new();
        while queue.recv_many(&mut waiting, MOST_UNITS).await > 0 {
            let mut group = Group::new();
            let mut runs = BTreeSet::new();
            for work in waiting.drain(..) {
                match work {
                    Work::Run(unit, waiter) => {
                        if !runs.insert(unit.id.clone()) {
                            self.write(std::mem::take(&mut group)).await;
                            runs = BTreeSet::from([unit.id.clone()]);
                        }
                        group.push((unit, waiter));
                    }
                    Work::Change(change, pace) => {
                        self.write(std::mem::take(&mut group)).await;
                        runs.clear();
                        self.carry_out(change, pace).await;
                    }
                    Work::Close(closer) => {
                        queue.close();
                        closers.push(closer);
                    }
                }
            }
            self.write(group).await;
        }
        self.disconnect().await;
        for closer in closers {
            // Whoever closed need not wait for it.
            let _ = closer.send(());
        }
    }

    async fn write(&mut self, group: Group) {
        if group.is_empty() {
            return;
        }
        let units: Vec<&Unit> = group.iter().map(|(unit, _)| &**unit).collect();
        let outcomes = match self.write_together(&units).await {
            Ok(()) => {
                self.failing.store(false, Ordering::SeqCst);
                self.written.add(units.len());
                vec![Ok(()); units.len()]
            }
            Err(error @ StoreError::Unavailable(_)) => vec![Err(error); units.len()],
            Err(error) if units.len() == 1 => vec![Err(error)],
            Err(_) => {
                let tried = self.write_one_by_one(&units).await;
                tried.unwrap_or_else(|error| vec![Err(error); units.len()])
            }
        };
        for ((_, waiter), outcome) in group.into_iter().zip(outcomes) {
            // Whoever waited may have gone; what was written stands.
            let _ = waiter.send(outcome);
        }
    }

    async fn write_together(&mut self, units: &[&Unit]) -> Result<(), StoreError> {
        if let [unit] = units
            && unit.rows() == 1
        {
            // One statement is a transaction by itself, and costs a third of one in three.
            return self.write_alone(unit).await;
        }
        let transaction = self.begin().await?;
        let written = together(&transaction, self.limit, &mut self.texts, units).await;
        self.end(transaction, written).await
    }

    async fn write_alone(&mut self, unit: &Unit) -> Result<(), StoreError> {
        let connection = self.connect().await?;
        match together(&connection, self.limit, &mut self.texts, &[unit]).await {
            Err(error @ StoreError::Unavailable(_)) => Err(self.failed(error)),
            written => written,
        }
    }

    async fn write_one_by_one(&mut self, units: &[&Unit]) -> Result<Vec<Result<(), StoreError>>, StoreError> {
        let transaction = self.begin().await?;
        let written = one_by_one(&transaction, self.limit, &mut self.texts, units).await;
        self.end(transaction, written).await
    }

    async fn carry_out(&mut self, mut change: Box<dyn Change>, pace: Pace) {
        let limit = match pace {
            Pace::Usual => self.limit.times(STATEMENTS),
            Pace::Patient => Limit(None),
        };
        let ended = match self.begin().await {
            Ok(transaction) => {
                let refused = || StoreError::Internal("the change failed".to_owned());
                let work = async { change.carry_out(&transaction).await.then_some(()).ok_or_else(refused) };
                let done = limit.within(work).await;
                self.end(transaction, done).await
            }
            Err(error) => Err(error),
        };
        change.answer(ended);
    }

    async fn connect(&mut self) -> Result<DatabaseConnection, StoreError> {
        if let Some(connection) = &self.connection {
            return Ok(connection.clone());
        }
        let again = self.target.writer().await;
        let connection = again.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(self.connection.insert(connection).clone())
    }

    /// Nothing is written yet: a connection that broke since it was last used is replaced.
    async fn begin(&mut self) -> Result<DatabaseTransaction, StoreError> {
        let used = self.dialect == Dialect::Postgres && self.connection.is_some();
        match self.begin_once().await {
            Err(StoreError::Unavailable(_)) if used => self.begin_once().await,
            begun => begun,
        }
    }

    async fn begin_once(&mut self) -> Result<DatabaseTransaction, StoreError> {
        let connection = self.connect().await?;
        let begun = self.limit.answer(connection.begin_with_options(self.dialect.write_transaction())).await;
        match begun {
            Ok(transaction) => Ok(transaction),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Commits what was written, or rolls it back.
    async fn end<T>(
        &mut self,
        transaction: DatabaseTransaction,
        written: Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match written {
            Ok(value) => match self.limit.answer(transaction.commit()).await {
                Ok(()) => Ok(value),
                Err(error) => Err(self.failed(error)),
            },
            Err(StoreError::Unavailable(why)) => {
                drop(transaction);
                Err(self.failed(StoreError::Unavailable(why)))
            }
            Err(error) => {
                if let Err(unfinished) = self.limit.answer(transaction.rollback()).await {
                    self.failed(unfinished);
                }
                Err(error)
            }
        }
    }

    /// After a failure of the database itself nobody knows what state the connection is in: the
    /// next transaction gets a new one. Nobody waits for the old one to be closed: the other end may
    /// have gone without a word.
    fn failed(&mut self, error: StoreError) -> StoreError {
        tracing::warn!(error = %error, "database connection of the writer given up");
        self.target.outage.note();
        self.failing.store(true, Ordering::SeqCst);
        if let Some(connection) = self.connection.take() {
            tokio::spawn(connection.close());
        }
        error
    }

    async fn disconnect(&mut self) {
        if let Some(connection) = self.connection.take() {
            // It is given up in any case.
            let _ = self.limit.answer(connection.close()).await;
        }
    }
}
