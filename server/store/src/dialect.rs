//! What differs between SQLite and PostgreSQL, in one place.

use magone_core::ports::StoreError;
use magone_core::time::Timestamp;
use sea_orm::{DbBackend, SqliteTransactionMode, TransactionOptions, Value};
use serde::Serialize;
use serde_json::Value as Json;

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

    /// A column of type TEXT, from a text that anybody may have written.
    pub(crate) fn text(self, text: Option<String>) -> Value {
        Value::String(match self {
            Self::Sqlite => text,
            Self::Postgres => text.map(|text| without_nul(&text)),
        })
    }

    /// A column of type JSONB; `None` is SQL's NULL. On SQLite it is written as text at once,
    /// which spares two copies of the document.
    pub(crate) fn json<T: Serialize>(self, document: Option<&T>) -> Result<Value, StoreError> {
        let unwritable = |_| StoreError::Internal("a document cannot be written as JSON".to_owned());
        Ok(match self {
            Self::Sqlite => {
                Value::String(document.map(serde_json::to_string).transpose().map_err(unwritable)?)
            }
            Self::Postgres => {
                let document = document.map(serde_json::to_value).transpose().map_err(unwritable)?;
                Value::Json(document.map(|document| Box::new(storable(document))))
            }
        })
    }
}

/// PostgreSQL takes every character but NUL, neither in TEXT nor in JSONB. A run must not get stuck
/// because a model wrote one: it becomes the replacement character. Logs keep it, since JSON as
/// text has it escaped.
fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

fn storable(document: Json) -> Json {
    match document {
        Json::String(text) => Json::String(without_nul(&text)),
        Json::Array(items) => items.into_iter().map(storable).collect(),
        Json::Object(members) => {
            members.into_iter().map(|(name, member)| (without_nul(&name), storable(member))).collect()
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nul_is_replaced_where_the_database_refuses_it_and_kept_where_not() {
        let document = json!({"a\0": ["\0b", {"c": "d"}, 1, null]});
        let stored = Dialect::Postgres.json(Some(&document)).unwrap();
        assert_eq!(
            stored,
            Value::Json(Some(Box::new(json!({"a\u{fffd}": ["\u{fffd}b", {"c": "d"}, 1, null]}))))
        );
        let stored = Dialect::Sqlite.json(Some(&document)).unwrap();
        assert_eq!(stored, Value::String(Some(document.to_string())));
        assert_eq!(Dialect::Postgres.text(Some("\0".to_owned())), Value::String(Some("\u{fffd}".to_owned())));
        assert_eq!(Dialect::Sqlite.text(Some("\0".to_owned())), Value::String(Some("\0".to_owned())));
    }
}
