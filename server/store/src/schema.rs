//! Which steps of the schema's history a database has seen.

use magone_core::ports::StoreError;
use migration::{Migrator, MigratorTrait};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};

use crate::dialect::Dialect;
use crate::error::{OpenError, classify};

/// How a database's schema compares with this binary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemaState {
    /// Every step was taken.
    Current,
    /// So many steps are to be taken.
    Behind(u32),
    /// It has a step that this binary does not know: the first such name.
    TooNew(String),
}

/// Where sea-orm-migration keeps the steps that were taken.
const HISTORY: &str = "seaql_migrations";
/// Any number will do, as long as it is always the same. Neither the turn nor a step over a large
/// table is bound to a statement's usual time.
const TURN: &str = "SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock(7310275514)";

/// Compares without changing anything.
pub(crate) async fn compare<C: ConnectionTrait>(
    connection: &C,
    dialect: Dialect,
) -> Result<SchemaState, StoreError> {
    let taken = taken(connection, dialect).await.map_err(|error| classify(&error))?;
    let known = Migrator::names();
    if let Some(unknown) = taken.iter().find(|name| !known.contains(name)) {
        return Ok(SchemaState::TooNew(unknown.clone()));
    }
    let missing = known.iter().filter(|name| !taken.contains(name)).count();
    Ok(match u32::try_from(missing) {
        Ok(0) => SchemaState::Current,
        missing => SchemaState::Behind(missing.unwrap_or(u32::MAX)),
    })
}

/// Takes the steps that are missing, all in the caller's transaction; how many that were.
pub(crate) async fn migrate(transaction: &DatabaseTransaction, dialect: Dialect) -> Result<u32, OpenError> {
    if dialect == Dialect::Postgres {
        // Replicas that start at once take turns.
        transaction.execute_unprepared(TURN).await.map_err(|error| classify(&error))?;
    }
    match compare(transaction, dialect).await? {
        SchemaState::Current => Ok(0),
        SchemaState::TooNew(name) => Err(OpenError::SchemaTooNew { name }),
        SchemaState::Behind(steps) => {
            Migrator::up(transaction, None).await.map_err(|error| classify(&error))?;
            Ok(steps)
        }
    }
}

async fn taken<C: ConnectionTrait>(connection: &C, dialect: Dialect) -> Result<Vec<String>, DbErr> {
    if !history_exists(connection, dialect).await? {
        return Ok(Vec::new());
    }
    let query =
        Query::select().column("version").from(HISTORY).order_by("version", sea_orm::Order::Asc).take();
    let rows = connection.query_all(&query).await?;
    rows.iter().map(|row| row.try_get("", "version")).collect()
}

async fn history_exists<C: ConnectionTrait>(connection: &C, dialect: Dialect) -> Result<bool, DbErr> {
    let mut query = Query::select();
    query.expr(Expr::val(1));
    match dialect {
        Dialect::Sqlite => query.from("sqlite_schema").and_where(Expr::col("name").eq(HISTORY)),
        Dialect::Postgres => query
            .from("pg_tables")
            .and_where(Expr::col("tablename").eq(HISTORY))
            .and_where(Expr::col("schemaname").eq(Expr::cust("current_schema()"))),
    };
    Ok(connection.query_one(&query).await?.is_some())
}

#[cfg(test)]
#[path = "schema_test.rs"]
mod tests;
