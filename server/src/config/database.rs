//! Where the data is.

use std::path::Path;
use std::time::Duration;

use magone_store::{DatabaseUrl, OpenError, Patience, StoreOptions};

use super::setting::{ConfigError, Environment, Shown};

/// The database.
#[derive(Clone, Debug)]
pub struct Database {
    /// `DATABASE_URL`; the default is a SQLite file in the data directory.
    pub url: DatabaseUrl,
    /// `DATABASE_POOL_SIZE`: connections that read; one more writes.
    pub pool_size: u32,
    /// `MAGONE_DATABASE_TIMEOUT_SECONDS`: how long a statement may take on PostgreSQL.
    pub statement: Duration,
}

impl Database {
    pub(super) fn read(env: &Environment, data_dir: &Path) -> Result<Self, ConfigError> {
        let url = match env.text("DATABASE_URL")? {
            None => DatabaseUrl::sqlite(data_dir.join("magone.db")),
            Some(text) => DatabaseUrl::parse(&text).map_err(|error| match error {
                OpenError::Url(why) => ConfigError::new("DATABASE_URL", format!("is wrong: {why}")),
                other => ConfigError::new("DATABASE_URL", format!("cannot be used: {other}")),
            })?,
        };
        let pool_size = env.number("DATABASE_POOL_SIZE", 8, 1..=1_000)?;
        let statement = Duration::from_secs(env.number("MAGONE_DATABASE_TIMEOUT_SECONDS", 10, 1..=3_600)?);
        Ok(Self { url, pool_size: u32::try_from(pool_size).unwrap_or(8), statement })
    }

    /// What the store needs to be opened.
    pub(crate) fn store(&self) -> StoreOptions {
        StoreOptions {
            url: self.url.clone(),
            pool_size: self.pool_size,
            patience: Patience::for_statements(self.statement),
        }
    }

    pub(super) fn shown(&self, env: &Environment) -> Vec<Shown> {
        vec![
            env.shown("DATABASE_URL", self.url.to_string()),
            env.shown("DATABASE_POOL_SIZE", self.pool_size.to_string()),
            env.shown("MAGONE_DATABASE_TIMEOUT_SECONDS", self.statement.as_secs().to_string()),
        ]
    }
}
