//! What a server keeps: a data directory with its SQLite file, or one with a PostgreSQL database. Both
//! vanish with the last server or test that uses them.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use tempfile::TempDir;

use super::block_on;
use super::postgres::{self, Postgres};

/// Whether tests that do not care are carried out on PostgreSQL: `MAGONE_TEST_DATABASE=postgres`.
static ON_POSTGRES: LazyLock<bool> =
    LazyLock::new(|| match std::env::var("MAGONE_TEST_DATABASE").as_deref() {
        Err(_) | Ok("sqlite") => false,
        Ok("postgres") => true,
        Ok(other) => panic!("MAGONE_TEST_DATABASE is '{other}'; use sqlite or postgres"),
    });

/// What a server keeps.
#[derive(Clone)]
pub struct Data {
    /// Before the folder: the database is given up first.
    database: Option<Arc<postgres::Database>>,
    folder: Arc<TempDir>,
}

impl Data {
    /// Nothing yet, in the database that the environment asks for.
    pub fn new() -> Self {
        if *ON_POSTGRES { Self::on(&Postgres::shared()) } else { Self::with(None) }
    }

    /// Nothing yet, on that server.
    pub fn on(postgres: &Arc<Postgres>) -> Self {
        Self::with(Some(Arc::new(postgres.database())))
    }

    fn with(database: Option<Arc<postgres::Database>>) -> Self {
        let folder = tempfile::Builder::new().prefix("magone-test-").tempdir().unwrap();
        Self { database, folder: Arc::new(folder) }
    }

    /// The database, where it is not a file.
    pub fn postgres(&self) -> Option<&postgres::Database> {
        self.database.as_deref()
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A copy of everything in it, as it is on disk. Nobody may be writing.
    pub fn copy(&self) -> Self {
        let copy = Self::with(self.postgres().map(|database| Arc::new(database.copy())));
        for entry in std::fs::read_dir(self.path()).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
        }
        copy
    }

    /// Writes a file.
    pub fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Changes the database behind everybody's back.
    pub fn execute(&self, sql: &str) {
        block_on(async {
            let connection = self.database().await;
            connection.execute_unprepared(sql).await.unwrap();
            connection.close().await.unwrap();
        });
    }

    /// The first column of what a query finds; it must be a text.
    pub fn texts(&self, sql: &str) -> Vec<String> {
        block_on(async {
            let connection = self.database().await;
            let statement = Statement::from_string(connection.get_database_backend(), sql);
            let rows = connection.query_all_raw(statement).await.unwrap();
            connection.close().await.unwrap();
            rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
        })
    }

    /// Everything that is stored, as text: the bytes of the files, or all rows.
    pub fn dump(&self) -> String {
        if self.postgres().is_none() {
            let files = ["magone.db", "magone.db-wal"].map(|name| std::fs::read(self.path().join(name)));
            let texts = files.into_iter().flatten().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            return texts.collect();
        }
        let tables = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'";
        let rows = |table: String| self.texts(&format!("SELECT t::text FROM {table} t"));
        self.texts(tables).into_iter().flat_map(rows).collect::<Vec<_>>().join("\n")
    }

    /// A connection of the test's own, to be closed by it.
    pub fn connect(&self) -> DatabaseConnection {
        block_on(self.database())
    }

    async fn database(&self) -> DatabaseConnection {
        let file = || format!("sqlite://{}", self.path().join("magone.db").display());
        let url = self.postgres().map_or_else(file, postgres::Database::url);
        Database::connect(url).await.unwrap()
    }
}
