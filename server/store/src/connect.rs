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
use crate::url::{DatabaseUrl, Place};

/// How patient connections are. The values for use; tests take shorter ones.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// How long SQLite waits for another process that writes.
    pub busy: Duration,
    /// How long a query waits for a free connection, and a connection for its server.
    pub acquire: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { busy: Duration::from_secs(5), acquire: Duration::from_secs(5) }
    }
}

/// Everything that is needed to connect, again if need be.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub url: DatabaseUrl,
    pub patience: Patience,
}

/// PostgreSQL connections that were idle for this long are asked whether they are alive.
const STALE: Duration = Duration::from_secs(30);
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
                    .pragma("cache_size", WRITER_CACHE);
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
        let options = options.clone().application_name("magone").disable_statement_logging();
        let unreachable = |why: String| OpenError::Unreachable { place: self.url.to_string(), why };
        // The pool would go on trying until its time is up, and then say only that.
        let first = tokio::time::timeout(self.patience.acquire, PgConnection::connect_with(&options)).await;
        match first {
            Ok(Ok(connection)) => connection.close().await.map_err(|error| unreachable(reason(&error)))?,
            Ok(Err(error)) => return Err(unreachable(reason(&error))),
            Err(_) => return Err(unreachable("no answer".to_owned())),
        }
        let pool = PgPoolOptions::new()
            .max_connections(size.max(1))
            .acquire_timeout(self.patience.acquire)
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    if meta.idle_for >= STALE {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
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
