//! `magone migrate`.

use serde_json::json;

use super::database;
use super::failure::{Failure, Outcome};
use super::terminal::Format;
use crate::config::{Config, Environment};

/// Brings the schema up to date; a missing SQLite file is made.
pub(super) async fn run(env: &Environment, format: Format) -> Outcome {
    let config = Config::read(env)?;
    if config.database.url.file().is_some_and(|file| file.starts_with(&config.data_dir)) {
        std::fs::create_dir_all(&config.data_dir).map_err(|error| {
            let place = config.data_dir.display();
            Failure::failed(format!(
                "cannot make the data directory {place}: {error}; name another one in MAGONE_DATA_DIR"
            ))
        })?;
    }
    let store = database::open_store(&config).await?;
    let migrated = store.migrate().await;
    store.close().await;
    let steps = migrated?;
    let place = config.database.url.to_string();
    format.print(&json!({"database": place, "steps": steps}), || match steps {
        0 => format!("{place} is up to date"),
        1 => format!("{place} is up to date now: 1 step taken"),
        steps => format!("{place} is up to date now: {steps} steps taken"),
    })
}
