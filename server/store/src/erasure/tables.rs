//! Which tables hold what is a tenant's: asked of the schema itself, so that none can be forgotten.

use magone_core::ports::StoreError;
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Statement};

use crate::dialect::Dialect;
use crate::error::classify;

/// A table with a column `tenant_id`.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub(super) struct Owned {
    /// Its name.
    pub name: String,
    /// Whether its rows have an `id`, by which the audit log names them.
    pub has_id: i32,
}

const SQLITE: &str = "SELECT m.name AS name, \
    (SELECT COUNT(*) FROM pragma_table_info(m.name) c WHERE c.name = 'id') AS has_id \
    FROM sqlite_master m WHERE m.type = 'table' \
    AND EXISTS (SELECT 1 FROM pragma_table_info(m.name) c WHERE c.name = 'tenant_id') ORDER BY m.name";
const POSTGRES: &str = "SELECT c.table_name::text AS name, \
    (SELECT COUNT(*) FROM information_schema.columns i WHERE i.table_schema = c.table_schema \
    AND i.table_name = c.table_name AND i.column_name = 'id')::int AS has_id \
    FROM information_schema.columns c JOIN information_schema.tables t \
    ON t.table_schema = c.table_schema AND t.table_name = c.table_name \
    WHERE c.table_schema = current_schema() AND c.column_name = 'tenant_id' \
    AND t.table_type = 'BASE TABLE' ORDER BY 1";

/// All of them, by name.
pub(super) async fn owned(
    transaction: &DatabaseTransaction,
    dialect: Dialect,
) -> Result<Vec<Owned>, StoreError> {
    let sql = match dialect {
        Dialect::Sqlite => SQLITE,
        Dialect::Postgres => POSTGRES,
    };
    let rows = transaction.query_all_raw(Statement::from_string(dialect.backend(), sql)).await;
    let rows = rows.map_err(|error| classify(&error))?;
    rows.iter().map(|row| Owned::from_query_result(row, "").map_err(|error| classify(&error))).collect()
}
