//! Deleting a few rows.

use magone_core::ports::StoreError;
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{DatabaseTransaction, FromQueryResult};

use crate::dialect::Dialect;
use crate::entity::{execution, execution_event};
use crate::row;

/// Rows of most tables that are deleted at once.
pub(super) const ROWS: u64 = 500;
/// Runs that are deleted at once: each may have many events.
pub(super) const RUNS: u64 = 50;

#[derive(Debug, FromQueryResult)]
struct Run {
    id: String,
}

/// What a batch of runs came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Runs {
    /// Runs that are gone.
    pub runs: u64,
    /// Pieces of their logs that are gone.
    pub events: u64,
}

/// Deletes so many rows of a table; how many that were. What hangs on them goes with them.
pub(super) async fn delete(
    transaction: &DatabaseTransaction,
    dialect: Dialect,
    table: &str,
    which: Condition,
) -> Result<u64, StoreError> {
    // Every row has one, whatever its primary key is.
    let place = Alias::new(match dialect {
        Dialect::Sqlite => "rowid",
        Dialect::Postgres => "ctid",
    });
    let some =
        Query::select().column(place.clone()).from(Alias::new(table)).cond_where(which).limit(ROWS).take();
    let mut delete = Query::delete();
    delete.from_table(Alias::new(table)).and_where(Expr::col(place).in_subquery(some));
    row::execute(transaction, &delete).await
}

/// Deletes the logs of so many runs, then the runs themselves. Nothing, where none is left.
pub(super) async fn delete_runs(
    transaction: &DatabaseTransaction,
    dialect: Dialect,
    mut which: SelectStatement,
) -> Result<Runs, StoreError> {
    let runs: Vec<Run> = row::all(transaction, which.limit(RUNS)).await?;
    if runs.is_empty() {
        return Ok(Runs::default());
    }
    let ids: Vec<_> = runs.into_iter().map(|run| run.id).collect();
    let of_them = Expr::col(execution_event::Column::ExecutionId).is_in(ids.iter().cloned());
    let events = delete(transaction, dialect, "execution_events", Condition::all().add(of_them)).await?;
    if events == ROWS {
        // There may be more of them: these runs are found again.
        return Ok(Runs { runs: 0, events });
    }
    let mut delete = Query::delete();
    delete.from_table(execution::Entity).and_where(Expr::col(execution::Column::Id).is_in(ids));
    Ok(Runs { runs: row::execute(transaction, &delete).await?, events })
}
