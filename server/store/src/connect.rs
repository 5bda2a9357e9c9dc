//! Connections: one that writes, and a pool that reads. On SQLite that is how the file wants to be
//! used; on PostgreSQL it keeps the same shape, with group commit as a gift.

use std::path::Path;
use std::time::Duration;

use magone_core::ports::StoreError;
use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sea_orm::sqlx::{self, ConnectOptions, Connection};
use sea_orm::{
    DatabaseConnection, SqlxPostgresConnector, SqlxSqliteConnector, SqlxSqliteError, TransactionTrait,
};

use crate::dialect::Dialect;
use crate::error::{OpenError, classify, classify_driver};
use crate::silence::{Limit, Outage};
use crate::url::{DatabaseUrl, Place};

/// How long something is waited for before it counts as unavailable.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// SQLite waits for another process that writes.
    pub busy: Duration,
    /// A query waits for a free connection, and a connection for its server.
    pub acquire: Duration,
    /// A statement may take so long on PostgreSQL.
    pub statement: Duration,
}

impl Patience {
    /// With so much time for a statement, and no more for anything else.
    #[must_use]
    pub fn for_statements(statement: Duration) -> Self {
        let usual = Self::default();
        Self { busy: usual.busy.min(statement), acquire: usual.acquire.min(statement), statement }
    }
}

impl Default for Patience {
    fn default() -> Self {
        let five = Duration::from_secs(5);
        Self { busy: five, acquire: five, statement: Duration::from_secs(10) }
    }
}

/// Everything that is needed to connect, again if need be.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub url: DatabaseUrl,
    pub patience: Patience,
    pub outage: Outage,
}

/// What PostgreSQL needs, at most, to tell that a statement took too long.
const GRACE: Duration = Duration::from_secs(1);
/// Pages of the write-ahead log after which SQLite copies it into the database (16 MiB).
const CHECKPOINT_PAGES: &str = "4000";
/// Page cache of the connection that writes, in KiB (negative: not in pages).
const WRITER_CACHE: &str = "-16384";
/// Rows that SQLite's thread may be ahead of who reads them.
const ROWS_AHEAD: usize = 256;

impl Target {
    pub(crate) fn dialect(&self) -> Dialect {
        match self.url.place() {
            Place::Sqlite(_) => Dialect::Sqlite,
            Place::Postgres(_) => Dialect::Postgres,
        }
    }

    /// How long an answer is waited for. PostgreSQL itself ends a statement that takes too long, and
    /// the connection stays good: only a silent one is given up.
    pub(crate) fn limit(&self) -> Limit {
        Limit(match self.dialect() {
            Dialect::Sqlite => None,
            Dialect::Postgres => Some(self.patience.statement.saturating_add(GRACE)),
        })
    }

    /// The one connection that writes. A missing SQLite file is made.
    pub(crate) async fn writer(&self) -> Result<DatabaseConnection, OpenError> {
        match self.url.place() {
            Place::Sqlite(path) => {
                folder_exists(path).await?;
                let options = self
                    .file(path)
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
                    .pragma("cache_size", WRITER_CACHE)
                    // What is removed is overwritten: an erased tenant is in no free page either.
                    .pragma("secure_delete", "ON");
                let connection = self.files(1, options).await.map_err(|error| of_file(path, &error))?;
                prove_writable(path, &connection).await?;
                Ok(connection)
            }
            Place::Postgres(options) => self.server(1, options).await,
        }
    }

    /// The pool that reads.
    pub(crate) async fn readers(&self, size: u32) -> Result<DatabaseConnection, OpenError> {
        match self.url.place() {
            Place::Sqlite(path) => {
                let options = self.file(path).pragma("query_only", "ON").row_buffer_size(ROWS_AHEAD);
                self.files(size, options).await.map_err(|error| of_file(path, &error))
            }
            Place::Postgres(options) => self.server(size, options).await,
        }
    }

    fn file(&self, path: &Path) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(path)
            .foreign_keys(true)
            .busy_timeout(self.patience.busy)
            .disable_statement_logging()
    }

    async fn files(
        &self,
        size: u32,
        options: SqliteConnectOptions,
    ) -> Result<DatabaseConnection, sqlx::Error> {
        let pool = SqlitePoolOptions::new()
            .max_connections(size.max(1))
            .acquire_timeout(self.patience.acquire)
            // A file does not go away: connections stay open, and nobody asks them for it.
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_with(options)
            .await?;
        Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool))
    }

    async fn server(&self, size: u32, options: &PgConnectOptions) -> Result<DatabaseConnection, OpenError> {
        let Patience { acquire, statement, .. } = self.patience;
        let options = options
            .clone()
            .application_name("magone")
            .options([("statement_timeout", statement.as_millis())])
            .disable_statement_logging();
        let unreachable = |why: String| OpenError::Unreachable { place: self.url.to_string(), why };
        // The pool would go on trying until its time is up, and then say only that.
        let first = tokio::time::timeout(acquire, PgConnection::connect_with(&options)).await;
        match first {
            Ok(Ok(connection)) => connection.close().await.map_err(|error| unreachable(reason(&error)))?,
            Ok(Err(error)) => return Err(unreachable(reason(&error))),
            Err(_) => return Err(unreachable("no answer".to_owned())),
        }
        let (before, after) = (self.outage.clone(), self.outage.clone());
        let pool = PgPoolOptions::new()
            .max_connections(size.max(1))
            .acquire_timeout(acquire)
            .test_before_acquire(false)
            .before_acquire(move |connection, meta| {
                let outage = before.clone();
                Box::pin(async move { outage.wake(connection, meta.idle_for).await })
            })
            .after_release(move |connection, _| {
                let outage = after.clone();
                Box::pin(async move { outage.retire(connection, acquire).await })
            })
            .connect_with(options)
            .await
            .map_err(|error| unreachable(reason(&error)))?;
        Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
    }
}

/// SQLite would only say that it cannot open the file.
async fn folder_exists(path: &Path) -> Result<(), OpenError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => return Ok(()),
    };
    let unwritable = |why: String| OpenError::Unwritable { path: path.display().to_string(), why };
    match tokio::fs::metadata(folder).await {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => Err(unwritable(format!("{} is no folder", folder.display()))),
        Err(error) => Err(unwritable(format!("{}: {error}", folder.display()))),
    }
}

/// SQLite opens a file that may not be written for reading, without a word.
async fn prove_writable(path: &Path, connection: &DatabaseConnection) -> Result<(), OpenError> {
    let begun = connection.begin_with_options(Dialect::Sqlite.write_transaction()).await;
    let tried = match begun {
        Ok(transaction) => transaction.rollback().await,
        Err(error) => Err(error),
    };
    match tried.map_err(|error| classify(&error)) {
        Err(StoreError::Unavailable(why)) if !why.contains("locked") => {
            Err(OpenError::Unwritable { path: path.display().to_string(), why })
        }
        // Somebody else writes, so it can be written.
        Ok(()) | Err(StoreError::Unavailable(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// What SQLite's refusal to open a file means.
fn of_file(path: &Path, error: &sqlx::Error) -> OpenError {
    const NOT_A_DATABASE: i32 = 26;
    let path = path.display().to_string();
    if let sqlx::Error::Database(database) = error
        && database.try_downcast_ref::<SqlxSqliteError>().is_some()
        && database
            .code()
            .and_then(|code| code.parse::<i32>().ok())
            .is_some_and(|code| code & 0xff == NOT_A_DATABASE)
    {
        return OpenError::NotADatabase { path };
    }
    match classify_driver(error) {
        StoreError::Unavailable(why) => OpenError::Unwritable { path, why },
        other => OpenError::Store(other),
    }
}

fn reason(error: &sqlx::Error) -> String {
    match classify_driver(error) {
        StoreError::Conflict(why)
        | StoreError::NotFound(why)
        | StoreError::Unavailable(why)
        | StoreError::Internal(why) => why,
    }
}
