//! Writing units inside a transaction: together, or one by one.

use magone_core::ports::StoreError;
use sea_orm::{ConnectionTrait, DatabaseTransaction, TransactionTrait};

use super::statement::{Kind, Texts, cuts};
use super::unit::{Row, Unit};
use crate::claims;
use crate::silence::Limit;

/// Writes units with statements of many rows. No two of them may be of the same run: the second
/// could not see the events of the first.
///
/// # Errors
/// The first failure. What was written must then be rolled back.
pub(super) async fn together<C: ConnectionTrait>(
    connection: &C,
    limit: Limit,
    texts: &mut Texts,
    units: &[&Unit],
) -> Result<(), StoreError> {
    let mut statements = Statements { connection, limit, texts };
    let inserts: Vec<_> = units.iter().filter_map(|unit| unit.insert.as_ref()).collect();
    statements.run(Kind::InsertRun, &inserts).await?;
    let events: Vec<_> = units.iter().filter_map(|unit| unit.events.as_ref()).collect();
    if !statements.run(Kind::AppendEvents, &events).await? {
        return Err(not_following(units));
    }
    let updates: Vec<_> = units.iter().filter_map(|unit| unit.update.as_ref()).collect();
    if !statements.run(Kind::UpdateRun, &updates).await? {
        return Err(not_there(units));
    }
    let deliveries: Vec<_> = units.iter().flat_map(|unit| &unit.deliveries).collect();
    statements.run(Kind::InsertDelivery, &deliveries).await?;
    let notices: Vec<_> = units.iter().flat_map(|unit| &unit.notices).collect();
    statements.run(Kind::TellEndpoints, &notices).await?;
    let keys: Vec<_> = units.iter().filter_map(|unit| unit.claim.as_ref()).collect();
    if !statements.run(Kind::ClaimKey, &keys).await? {
        return Err(claims::taken());
    }
    // Last: runs of one tenant all add to the same row, and another process waits for it.
    let usage: Vec<_> = units.iter().flat_map(|unit| &unit.usage).collect();
    statements.run(Kind::AddUsage, &usage).await?;
    Ok(())
}

/// Writes each unit under a savepoint of its own; each unit's own outcome.
///
/// # Errors
/// A failure of the database itself. The transaction must then be rolled back.
pub(super) async fn one_by_one(
    transaction: &DatabaseTransaction,
    limit: Limit,
    texts: &mut Texts,
    units: &[&Unit],
) -> Result<Vec<Result<(), StoreError>>, StoreError> {
    let mut outcomes = Vec::with_capacity(units.len());
    for unit in units {
        let savepoint = limit.answer(transaction.begin()).await?;
        let outcome = together(&savepoint, limit, texts, &[unit]).await;
        let closed = match outcome {
            Err(StoreError::Unavailable(why)) => return Err(StoreError::Unavailable(why)),
            Err(_) => limit.answer(savepoint.rollback()).await,
            Ok(()) => limit.answer(savepoint.commit()).await,
        };
        closed?;
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

struct Statements<'a, C> {
    connection: &'a C,
    limit: Limit,
    texts: &'a mut Texts,
}

impl<C: ConnectionTrait> Statements<'_, C> {
    /// Whether every row was written.
    async fn run(&mut self, kind: Kind, rows: &[&Row]) -> Result<bool, StoreError> {
        let mut left = rows;
        let mut written = 0;
        for cut in cuts(rows.len()) {
            let (now, later) = left.split_at(cut);
            left = later;
            let statement = self.texts.fill(kind, now)?;
            let done = self.limit.answer(self.connection.execute_raw(statement)).await?;
            written += done.rows_affected();
        }
        Ok(u64::try_from(rows.len()).is_ok_and(|wanted| wanted == written))
    }
}

fn not_following(units: &[&Unit]) -> StoreError {
    StoreError::Conflict(match units {
        [unit] => format!("the log of {} does not go on with seq {}", unit.id, unit.first_seq),
        _ => "a log does not go on where its events begin".to_owned(),
    })
}

fn not_there(units: &[&Unit]) -> StoreError {
    StoreError::NotFound(match units {
        [unit] => format!("execution {}", unit.id),
        _ => "an execution".to_owned(),
    })
}
