//! What can go wrong, told from the database's own codes. Texts of the driver are passed on only
//! where they are known to carry neither the URL nor a value: the URL may hold a password.

use magone_core::error::ErrorCode;
use magone_core::ports::StoreError;
use sea_orm::sqlx;
use sea_orm::{DbErr, RuntimeErr, SqlxError, SqlxPostgresError, SqlxSqliteError};

/// Why a database cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The URL is none that is understood.
    #[error("the database URL is wrong: {0}")]
    Url(String),
    /// The file or its folder cannot be written.
    #[error(
        "cannot write the database {path}: {why}; give the user that runs this write access to the file and its folder, or name another place"
    )]
    Unwritable {
        /// The file.
        path: String,
        /// What the system says.
        why: String,
    },
    /// The file is something else.
    #[error("{path} is not an SQLite database; move it away or name another file")]
    NotADatabase {
        /// The file.
        path: String,
    },
    /// Nobody answers, or refuses.
    #[error("cannot reach the database {place}: {why}")]
    Unreachable {
        /// Where it should be, without the password.
        place: String,
        /// What the system says.
        why: String,
    },
    /// A newer version of this program was here.
    #[error(
        "the database was made by a newer version (its schema has {name}, which this version does not know); start that version, or restore a backup"
    )]
    SchemaTooNew {
        /// The first step that is not known.
        name: String,
    },
    /// The database failed while it was being used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl OpenError {
    /// The row of the error table.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Url(_) => ErrorCode::Validation,
            Self::Unwritable { .. } | Self::Unreachable { .. } => ErrorCode::UpstreamUnavailable,
            Self::NotADatabase { .. } | Self::SchemaTooNew { .. } => ErrorCode::Internal,
            Self::Store(error) => match error {
                StoreError::Conflict(_) => ErrorCode::Conflict,
                StoreError::NotFound(_) => ErrorCode::NotFound,
                StoreError::Unavailable(_) => ErrorCode::UpstreamUnavailable,
                StoreError::Internal(_) => ErrorCode::Internal,
            },
        }
    }
}

/// What a failure of the database is to the rest of the system.
pub(crate) fn classify(error: &DbErr) -> StoreError {
    match error {
        DbErr::ConnectionAcquire(why) => StoreError::Unavailable(why.to_string()),
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => classify_driver(error),
        DbErr::Type(text) | DbErr::Json(text) => {
            StoreError::Internal(format!("a column cannot be read: {text}"))
        }
        // The rest are faults of ours, and some of their texts repeat the URL.
        _ => StoreError::Internal("the query could not be carried out".to_owned()),
    }
}

/// As [`classify`], for what the driver itself says.
pub(crate) fn classify_driver(error: &SqlxError) -> StoreError {
    match error {
        sqlx::Error::Database(error) => {
            let message = error.message().to_owned();
            let code = error.code().unwrap_or_default();
            if error.try_downcast_ref::<SqlxSqliteError>().is_some() {
                of_sqlite(code.parse().unwrap_or_default(), message)
            } else if error.try_downcast_ref::<SqlxPostgresError>().is_some() {
                of_postgres(&code, message)
            } else {
                StoreError::Internal(message)
            }
        }
        sqlx::Error::Io(error) => StoreError::Unavailable(error.to_string()),
        sqlx::Error::Tls(_) => StoreError::Unavailable("no TLS connection could be made".to_owned()),
        sqlx::Error::Protocol(_) => StoreError::Unavailable("the connection broke".to_owned()),
        sqlx::Error::PoolTimedOut => StoreError::Unavailable("no connection became free in time".to_owned()),
        sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
            StoreError::Unavailable("the connection is closed".to_owned())
        }
        sqlx::Error::ColumnDecode { index, .. } => {
            StoreError::Internal(format!("column {index} cannot be read"))
        }
        _ => StoreError::Internal("the query could not be carried out".to_owned()),
    }
}

/// Whether only the connection is gone, so that another one may do. That of a server that was
/// restarted while nobody asked it looks good until it is used.
pub(crate) fn is_broken(error: &DbErr) -> bool {
    let (DbErr::Conn(RuntimeErr::SqlxError(error))
    | DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))) = error
    else {
        return false;
    };
    match &**error {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) => true,
        // The server shuts down, crashed, or an operator ended the session.
        sqlx::Error::Database(error) => matches!(error.code().as_deref(), Some("57P01" | "57P02")),
        _ => false,
    }
}

/// Extended result codes: <https://www.sqlite.org/rescode.html>; the low byte is the primary one.
pub(crate) fn of_sqlite(code: i32, message: String) -> StoreError {
    const PRIMARY_KEY: i32 = 1555;
    const UNIQUE: i32 = 2067;
    const FOREIGN_KEY: i32 = 787;
    match (code, code & 0xff) {
        (PRIMARY_KEY | UNIQUE, _) => StoreError::Conflict(message),
        (FOREIGN_KEY, _) => {
            StoreError::NotFound("the row points at another one that is not there".to_owned())
        }
        // BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN.
        (_, 5 | 6 | 8 | 10 | 13 | 14) => StoreError::Unavailable(message),
        _ => StoreError::Internal(message),
    }
}

/// SQLSTATE: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
pub(crate) fn of_postgres(code: &str, message: String) -> StoreError {
    match (code, code.get(..2).unwrap_or_default()) {
        ("23505", _) => StoreError::Conflict(message),
        ("23503", _) => StoreError::NotFound("the row points at another one that is not there".to_owned()),
        // A read-only server, a serialization failure, a deadlock; connection, resources,
        // intervention by an operator, faults of the system.
        ("25006" | "40001" | "40P01", _) | (_, "08" | "53" | "57" | "58") => StoreError::Unavailable(message),
        _ => StoreError::Internal(message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_databases_fall_into_the_same_four_classes() {
        let sqlite = |code| of_sqlite(code, String::new());
        let postgres = |code| of_postgres(code, String::new());
        for error in [sqlite(1555), sqlite(2067), postgres("23505")] {
            assert!(matches!(error, StoreError::Conflict(_)), "{error:?}");
        }
        for error in [sqlite(787), postgres("23503")] {
            assert!(matches!(error, StoreError::NotFound(_)), "{error:?}");
        }
        // BUSY, BUSY_SNAPSHOT, IOERR_WRITE, FULL, READONLY, CANTOPEN.
        for code in [5, 517, 778, 13, 8, 14] {
            assert!(matches!(sqlite(code), StoreError::Unavailable(_)), "{code}");
        }
        for code in ["08006", "53300", "57P01", "40P01", "25006"] {
            assert!(matches!(postgres(code), StoreError::Unavailable(_)), "{code}");
        }
        for error in [sqlite(1), sqlite(11), sqlite(1299), postgres("42601"), postgres("")] {
            assert!(matches!(error, StoreError::Internal(_)), "{error:?}");
        }
    }

    #[test]
    fn a_url_inside_the_drivers_text_is_not_passed_on() {
        let url = "postgres://magone:hunter2@db/x";
        for error in [
            DbErr::Conn(RuntimeErr::Internal(format!("The connection string '{url}' cannot be parsed."))),
            DbErr::Custom(url.to_owned()),
            DbErr::Conn(RuntimeErr::SqlxError(std::sync::Arc::new(sqlx::Error::Configuration(url.into())))),
        ] {
            assert!(!classify(&error).to_string().contains("hunter2"), "{error:?}");
        }
    }
}
