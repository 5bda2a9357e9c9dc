//! Changes that are no run's: a transaction of their own, through the same writer.

use magone_core::ports::{BoxFuture, StoreError};
use sea_orm::DatabaseTransaction;
use tokio::sync::oneshot;

/// A change with its waiter, whatever the waiter waits for.
pub(super) trait Change: Send {
    /// Carries it out; whether it may be committed.
    fn carry_out<'t>(&'t mut self, transaction: &'t DatabaseTransaction) -> BoxFuture<'t, bool>;

    /// Tells the waiter: the change's own failure, or how the transaction ended.
    fn answer(self: Box<Self>, transaction: Result<(), StoreError>);
}

/// A change as a function.
pub(super) struct Asked<F, T, E> {
    work: Option<F>,
    outcome: Option<Result<T, E>>,
    waiter: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Asked<F, T, E> {
    pub(super) fn new(work: F, waiter: oneshot::Sender<Result<T, E>>) -> Self {
        Self { work: Some(work), outcome: None, waiter }
    }
}

impl<F, T, E> Change for Asked<F, T, E>
where
    F: for<'t> FnOnce(&'t DatabaseTransaction) -> BoxFuture<'t, Result<T, E>> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn carry_out<'t>(&'t mut self, transaction: &'t DatabaseTransaction) -> BoxFuture<'t, bool> {
        Box::pin(async move {
            let Some(work) = self.work.take() else {
                return false;
            };
            let outcome = work(transaction).await;
            let good = outcome.is_ok();
            self.outcome = Some(outcome);
            good
        })
    }

    fn answer(self: Box<Self>, transaction: Result<(), StoreError>) {
        let answer = match (self.outcome, transaction) {
            (Some(Err(error)), _) => Err(error),
            (_, Err(error)) => Err(error.into()),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => Err(StoreError::Internal("the change was not carried out".to_owned()).into()),
        };
        // Whoever asked may have gone; the change stands all the same.
        let _ = self.waiter.send(answer);
    }
}
