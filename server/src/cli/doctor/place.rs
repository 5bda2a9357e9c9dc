//! Where things are kept: the data directory and the database.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;

use magone_store::{OpenError, SchemaState};

use super::finding::Finding;
use crate::cli::database;
use crate::config::Config;

const DIRECTORY: &str = "data directory";
const DATABASE: &str = "database";

/// Whether the data directory can be written, or made.
pub(super) fn data_directory(config: &Config) -> Finding {
    let place = config.data_dir.display();
    match usable(&config.data_dir) {
        Ok(true) => Finding::ok(DIRECTORY, format!("{place} can be written")),
        Ok(false) => Finding::ok(DIRECTORY, format!("{place} will be made at the first start")),
        Err(why) => {
            Finding::problem(DIRECTORY, format!("{why}, or name another directory in MAGONE_DATA_DIR"))
        }
    }
}

/// Whether a directory is there and can be written (`true`) or can be made (`false`); else why not,
/// and what would mend it.
fn usable(path: &Path) -> Result<bool, String> {
    let above = path.ancestors().map(|path| if path.as_os_str().is_empty() { Path::new(".") } else { path });
    let mut above = above.skip_while(|path| !path.exists());
    let nearest = above.next().unwrap_or(path);
    if nearest.exists() && !nearest.is_dir() {
        return Err(format!("{} is no directory; move it away", nearest.display()));
    }
    let mend = "give the user that runs this write access";
    writable(nearest).map_err(|error| format!("cannot write to {}: {error}; {mend}", nearest.display()))?;
    Ok(nearest == path)
}

/// Permissions alone do not tell: file systems may be read-only or full.
fn writable(directory: &Path) -> io::Result<()> {
    let probe = directory.join(format!(".magone-doctor-{}", std::process::id()));
    OpenOptions::new().write(true).create_new(true).open(&probe)?;
    fs::remove_file(&probe)
}

/// Whether the database can be used with this binary's schema.
pub(super) async fn database(config: &Config) -> Finding {
    let place = config.database.url.to_string();
    if let Some(file) = config.database.url.file().filter(|file| !file.exists()) {
        return absent(config, file, &place);
    }
    match schema(config).await {
        Ok(SchemaState::Current) => {
            Finding::ok(DATABASE, format!("{place} answers, its schema is up to date"))
        }
        Ok(SchemaState::Behind(steps)) => Finding::problem(DATABASE, database::behind(steps)),
        Ok(SchemaState::TooNew(name)) => {
            Finding::problem(DATABASE, OpenError::SchemaTooNew { name }.to_string())
        }
        Err(error @ OpenError::Unreachable { .. }) => {
            Finding::problem(DATABASE, format!("{error}; start it, or correct DATABASE_URL"))
        }
        Err(error) => Finding::problem(DATABASE, error.to_string()),
    }
}

/// The data directory is made at a start; other directories are not.
fn absent(config: &Config, file: &Path, place: &str) -> Finding {
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    match usable(folder) {
        Ok(exists) if exists || file.starts_with(&config.data_dir) => {
            Finding::ok(DATABASE, format!("{place} will be made at the first start"))
        }
        Ok(_) => {
            let folder = folder.display();
            Finding::problem(DATABASE, format!("{folder} does not exist; make it, or correct DATABASE_URL"))
        }
        Err(why) => Finding::problem(DATABASE, format!("{why}, or name another place in DATABASE_URL")),
    }
}

async fn schema(config: &Config) -> Result<SchemaState, OpenError> {
    let store = database::open_store(config).await?;
    let state = store.schema().await;
    store.close().await;
    state
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;

    fn config(data_dir: &Path) -> Config {
        Config::read(&Environment::default().with("MAGONE_DATA_DIR", data_dir.display().to_string())).unwrap()
    }

    #[tokio::test]
    async fn looking_makes_nothing() {
        let folder = std::env::temp_dir().join(format!("magone-doctor-place-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let config = config(&folder.join("a/b"));
        assert!(data_directory(&config).detail.ends_with("will be made at the first start"));
        assert!(database(&config).await.ok);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[tokio::test]
    async fn a_file_in_the_place_of_a_directory_and_one_that_is_no_database_are_told() {
        let file = std::env::temp_dir().join(format!("magone-doctor-file-{}", std::process::id()));
        fs::write(&file, "neither this nor that, and longer than a header of a database would be").unwrap();
        let directory = data_directory(&config(&file));
        assert!(!directory.ok && directory.detail.contains("MAGONE_DATA_DIR"), "{directory:?}");
        let url = format!("sqlite:{}", file.display());
        let config = Config::read(&Environment::default().with("DATABASE_URL", url)).unwrap();
        let finding = database(&config).await;
        assert!(!finding.ok && finding.detail.contains("is not an SQLite database"), "{finding:?}");
        fs::remove_file(&file).unwrap();
    }
}
