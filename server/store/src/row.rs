//! Rows inside a transaction that writes.

use magone_core::ports::StoreError;
use sea_orm::sea_query::{Expr, InsertStatement, IntoIden, IntoTableRef, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, StatementBuilder, Value};

use crate::error::classify;

/// A new row.
pub(crate) fn insert<T, C, const N: usize>(
    table: T,
    columns: [(C, Value); N],
) -> Result<InsertStatement, StoreError>
where
    T: IntoTableRef,
    C: IntoIden,
{
    let (names, values): (Vec<C>, Vec<Value>) = columns.into_iter().unzip();
    let mut insert = Query::insert();
    insert.into_table(table).columns(names);
    insert
        .values(values.into_iter().map(Expr::from))
        .map_err(|_| StoreError::Internal("a row does not fit its table".to_owned()))?;
    Ok(insert)
}

/// Carries out a statement; how many rows it concerned.
pub(crate) async fn execute<S: StatementBuilder>(
    transaction: &DatabaseTransaction,
    statement: &S,
) -> Result<u64, StoreError> {
    let done = transaction.execute(statement).await.map_err(|error| classify(&error))?;
    Ok(done.rows_affected())
}

/// The first row of a query.
pub(crate) async fn one<M: FromQueryResult>(
    transaction: &DatabaseTransaction,
    query: &SelectStatement,
) -> Result<Option<M>, StoreError> {
    let row = transaction.query_one(query).await.map_err(|error| classify(&error))?;
    row.map(|row| M::from_query_result(&row, "")).transpose().map_err(|error| classify(&error))
}

/// All rows of a query.
pub(crate) async fn all<M: FromQueryResult>(
    transaction: &DatabaseTransaction,
    query: &SelectStatement,
) -> Result<Vec<M>, StoreError> {
    let rows = transaction.query_all(query).await.map_err(|error| classify(&error))?;
    rows.iter().map(|row| M::from_query_result(row, "").map_err(|error| classify(&error))).collect()
}

/// What a column says that should not.
pub(crate) fn damaged(what: &str) -> StoreError {
    StoreError::Internal(format!("a stored {what} cannot be read"))
}
