//! The database, for commands that work on it directly: also beside a running server, which
//! notices within a second.

use std::sync::Arc;

use magone_activities::{RealActivities, Settings};
use magone_core::ports::Activities;
use magone_service::{AdminCaller, Services};
use magone_store::{OpenError, SchemaState, Store};

use super::failure::{Failure, Outcome};
use crate::clock;
use crate::config::{Config, Environment};
use crate::vault;

/// The use-cases on the database that the environment names.
#[derive(Debug)]
pub(super) struct Database {
    pub services: Services,
    /// On whose behalf commands act.
    pub caller: AdminCaller,
    store: Store,
}

impl Database {
    /// Opens the database; a missing one is not made, and a schema that does not fit is refused.
    pub async fn open(env: &Environment) -> Result<Self, Failure> {
        let config = Config::read(env)?;
        if let Some(file) = config.database.url.file().filter(|file| !file.exists()) {
            let place = file.display();
            return Err(Failure::failed(format!(
                "there is no database at {place} yet; make it with `magone migrate`, or name another one in \
                 DATABASE_URL or MAGONE_DATA_DIR"
            )));
        }
        let store = open_store(&config).await?;
        match store.schema().await? {
            SchemaState::Current => {}
            SchemaState::Behind(steps) => return Err(Failure::failed(behind(steps))),
            SchemaState::TooNew(name) => return Err(OpenError::SchemaTooNew { name }.into()),
        }
        let services = Services::offline(store.clone(), clock::clock(), tools()?.to_vec());
        Ok(Self { services, caller: AdminCaller::command_line(), store })
    }

    /// Does a command's work, then closes the connections.
    pub async fn with(env: &Environment, work: impl AsyncFnOnce(&Self) -> Outcome) -> Outcome {
        let database = Self::open(env).await?;
        let outcome = work(&database).await;
        database.close().await;
        outcome
    }

    /// The same, for work that needs what is sealed.
    pub async fn with_secrets(env: &Environment, work: impl AsyncFnOnce(&Self) -> Outcome) -> Outcome {
        let mut database = Self::open(env).await?;
        let outcome = match vault::open(&Config::read(env)?, &database.store).await {
            Ok(safe) => {
                database.services = database.services.keeping(safe);
                work(&database).await
            }
            Err(error) => Err(error.into()),
        };
        database.close().await;
        outcome
    }

    /// Closes the connections.
    pub async fn close(&self) {
        self.store.close().await;
    }
}

/// Opens the store, whatever its schema; a missing SQLite file is made.
pub(super) async fn open_store(config: &Config) -> Result<Store, OpenError> {
    Store::open(config.database.store()).await
}

/// What to say about a schema that lacks steps.
pub(super) fn behind(steps: u32) -> String {
    let steps = if steps == 1 { "1 step".to_owned() } else { format!("{steps} steps") };
    format!("the database's schema is {steps} behind; run `magone migrate`")
}

/// Names of the tools that definitions may use.
pub(super) fn tools() -> Result<Arc<[String]>, Failure> {
    Ok(RealActivities::new(Settings::default())?.tools().into())
}
