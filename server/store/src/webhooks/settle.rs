//! What attempts came to: the attempt, its delivery and its endpoint in one transaction.

use magone_core::ids::{DeliveryId, EndpointId, ExecutionId};
use magone_core::ports::StoreError;
use magone_core::time::Timestamp;
use magone_core::webhook::{PATIENCE_MS, Verdict};
use sea_orm::sea_query::{Expr, ExprTrait, Query, UpdateStatement};
use sea_orm::{Condition, DatabaseTransaction, Value};

use super::endpoints::{abandoned, switch};
use super::outbox::Outbox;
use super::{AttemptRow, DeliveryStatus};
use crate::entity::{attempt, delivery, endpoint, execution};
use crate::row;

/// A success is written down again after this long, in milliseconds.
const SUCCESS_STANDS_MS: i64 = 60_000;

/// What an attempt came to.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// Which delivery.
    pub id: DeliveryId,
    /// The endpoint; `None`: the URL came with the run.
    pub endpoint_id: Option<EndpointId>,
    /// The run; `None` for a test event.
    pub execution_id: Option<ExecutionId>,
    /// The attempt.
    pub attempt: AttemptRow,
    /// Attempts of this round, this one included.
    pub tries: u32,
    /// What is done next.
    pub verdict: Verdict,
    /// When it ended.
    pub at: Timestamp,
}

impl Outbox {
    /// Writes down what attempts came to. When it resolves with `Ok`, it is on disk.
    ///
    /// # Errors
    /// What the database says; nothing of it is written then.
    pub async fn settle(&self, settlements: Vec<Settlement>) -> Result<(), StoreError> {
        self.store
            .writer()
            .change(move |transaction| {
                Box::pin(async move {
                    for settlement in &settlements {
                        settle(transaction, settlement).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}

async fn settle(transaction: &DatabaseTransaction, settlement: &Settlement) -> Result<(), StoreError> {
    if row::execute(transaction, &counted(settlement)?).await? == 0 {
        // It was erased meanwhile.
        return Ok(());
    }
    row::execute(transaction, &noted(settlement)?).await?;
    row::execute(transaction, &moved(settlement)?).await?;
    match &settlement.endpoint_id {
        Some(endpoint) => of_endpoint(transaction, endpoint, settlement).await,
        None => of_run(transaction, settlement).await,
    }
}

fn noted(settlement: &Settlement) -> Result<sea_orm::sea_query::InsertStatement, StoreError> {
    use attempt::Column as A;
    let attempt = &settlement.attempt;
    row::insert(
        attempt::Entity,
        [
            (A::DeliveryId, settlement.id.as_str().into()),
            (A::Number, number(attempt.number)?.into()),
            (A::At, attempt.at.millis().into()),
            (A::DurationMs, i64::try_from(attempt.duration_ms).unwrap_or(i64::MAX).into()),
            (A::Status, attempt.status.map(i32::from).into()),
            (A::Response, attempt.response.clone().into()),
            (A::Error, attempt.error.clone().into()),
        ],
    )
}

/// The attempt counts, and the delivery is nobody's any more.
fn counted(settlement: &Settlement) -> Result<UpdateStatement, StoreError> {
    use delivery::Column as D;
    let mut update = Query::update();
    update
        .table(delivery::Entity)
        .value(D::Attempts, number(settlement.attempt.number)?)
        .value(D::LeasedUntil, Value::BigInt(None))
        .and_where(Expr::col(D::Id).eq(settlement.id.as_str()));
    Ok(update)
}

/// What becomes of a delivery that still waits: one that was cancelled meanwhile stays so, unless the
/// receiver took it after all.
fn moved(settlement: &Settlement) -> Result<UpdateStatement, StoreError> {
    use delivery::Column as D;
    let mut update = Query::update();
    update
        .table(delivery::Entity)
        .value(D::Tries, number(settlement.tries)?)
        .and_where(Expr::col(D::Id).eq(settlement.id.as_str()));
    let ended = match settlement.verdict {
        Verdict::Again(at) => {
            update.value(D::DueAt, at.millis());
            None
        }
        Verdict::Delivered => Some(DeliveryStatus::Delivered),
        Verdict::Dead | Verdict::Gone => Some(DeliveryStatus::Dead),
    };
    if let Some(status) = ended {
        update.value(D::Status, status.as_str()).value(D::EndedAt, settlement.at.millis());
    }
    if settlement.verdict != Verdict::Delivered {
        update.and_where(Expr::col(D::Status).eq(DeliveryStatus::Pending.as_str()));
    }
    Ok(update)
}

/// The first schema's column says whether the run's own URL got it.
async fn of_run(transaction: &DatabaseTransaction, settlement: &Settlement) -> Result<(), StoreError> {
    let Some(execution) =
        settlement.execution_id.as_ref().filter(|_| settlement.verdict == Verdict::Delivered)
    else {
        return Ok(());
    };
    let mut update = Query::update();
    update
        .table(execution::Entity)
        .value(execution::Column::WebhookSent, true)
        .and_where(Expr::col(execution::Column::Id).eq(execution.as_str()));
    row::execute(transaction, &update).await.map(|_| ())
}

async fn of_endpoint(
    transaction: &DatabaseTransaction,
    id: &EndpointId,
    settlement: &Settlement,
) -> Result<(), StoreError> {
    use endpoint::Column as E;
    let now = settlement.at;
    let mut update = Query::update();
    update.table(endpoint::Entity).and_where(Expr::col(E::Id).eq(id.as_str()));
    if settlement.verdict == Verdict::Delivered {
        update.value(E::FailingSince, Value::BigInt(None)).value(E::SucceededAt, now.millis()).cond_where(
            Condition::any()
                .add(Expr::col(E::FailingSince).is_not_null())
                .add(Expr::col(E::SucceededAt).is_null())
                .add(Expr::col(E::SucceededAt).lt(now.millis().saturating_sub(SUCCESS_STANDS_MS))),
        );
        return row::execute(transaction, &update).await.map(|_| ());
    }
    let mut fails = update.clone();
    fails.value(E::FailingSince, now.millis()).and_where(Expr::col(E::FailingSince).is_null());
    row::execute(transaction, &fails).await?;
    update.and_where(Expr::col(E::IsActive).eq(true));
    let reason = match settlement.verdict {
        Verdict::Gone => "gone",
        _ => {
            let patience = i64::try_from(PATIENCE_MS).unwrap_or(i64::MAX);
            update.and_where(Expr::col(E::FailingSince).lte(now.millis().saturating_sub(patience)));
            "failing"
        }
    };
    switch(&mut update, Some(reason), Some(now));
    if row::execute(transaction, &update).await? > 0 {
        row::execute(transaction, &abandoned(id, DeliveryStatus::Dead, now)).await?;
    }
    Ok(())
}

fn number(number: u32) -> Result<i32, StoreError> {
    i32::try_from(number).map_err(|_| StoreError::Internal(format!("attempt {number} is too many")))
}
