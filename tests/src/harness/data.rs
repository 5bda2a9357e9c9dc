//! A data directory that vanishes with the last server or test that uses it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use tempfile::TempDir;

use super::block_on;

/// A data directory.
#[derive(Clone)]
pub struct Data {
    folder: Arc<TempDir>,
}

impl Data {
    /// An empty one.
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("magone-test-").tempdir().unwrap();
        Self { folder: Arc::new(folder) }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A copy of everything in it, as it is on disk. Nobody may be writing.
    pub fn copy(&self) -> Self {
        let copy = Self::new();
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

    async fn database(&self) -> DatabaseConnection {
        let file = self.path().join("magone.db");
        Database::connect(format!("sqlite://{}", file.display())).await.unwrap()
    }
}
