//! What differs between SQLite and PostgreSQL, in one place.

use magone_core::ports::StoreError;
use magone_core::time::Timestamp;
use sea_orm::{DbBackend, SqliteTransactionMode, TransactionOptions, Value};
use serde::Serialize;

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

impl Dialect {
    /// As sea-orm names it.
    pub(crate) fn backend(self) -> DbBackend {
        match self {
            Self::Sqlite => DbBackend::Sqlite,
            Self::Postgres => DbBackend::Postgres,
        }
    }

    /// How a transaction that writes begins. On SQLite it takes the write lock at once: one that
    /// began by reading and takes it later fails without waiting when somebody wrote in between.
    pub(crate) fn write_transaction(self) -> TransactionOptions {
        TransactionOptions {
            sqlite_transaction_mode: match self {
                Self::Sqlite => Some(SqliteTransactionMode::Immediate),
                Self::Postgres => None,
            },
            ..TransactionOptions::default()
        }
    }

    /// A column of type TIMESTAMPTZ. On SQLite the text form of [`Timestamp`], since the driver's
    /// own has as many decimals as it needs and so does not sort.
    pub(crate) fn time(self, at: Option<Timestamp>) -> Value {
        match self {
            Self::Sqlite => Value::String(at.map(|at| at.to_string())),
            Self::Postgres => Value::TimeDateTimeWithTimeZone(at.map(Timestamp::to_offset)),
        }
    }

    /// A column of type JSONB; `None` is SQL's NULL. On SQLite it is written as text at once,
    /// which spares two copies of the document.
    pub(crate) fn json<T: Serialize>(self, document: Option<&T>) -> Result<Value, StoreError> {
        let unwritable = |_| StoreError::Internal("a document cannot be written as JSON".to_owned());
        Ok(match self {
            Self::Sqlite => Value::String(
                document
                    .map(serde_json::to_string)
                    .transpose()
                    .map_err(unwritable)?,
            ),
            Self::Postgres => Value::Json(
                document
                    .map(serde_json::to_value)
                    .transpose()
                    .map_err(unwritable)?
                    .map(Box::new),
            ),
        })
    }
}
