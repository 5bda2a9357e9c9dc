//! The keys to what is sealed: from the environment, or from a file that the first start makes beside
//! an SQLite database.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use magone_core::vault::Vault;
use magone_service::Safe;
use magone_store::Store;

use crate::application::StartError;
use crate::clock;
use crate::config::Config;

const FILE: &str = "secrets-key";
const OWNER_ALONE: u32 = 0o600;

/// The file beside an SQLite database.
pub(crate) fn file(config: &Config) -> PathBuf {
    config.data_dir.join(FILE)
}

/// The safe of this database, its keys proven; what an older key sealed is sealed with the newest.
pub(crate) async fn open(config: &Config, store: &Store) -> Result<Safe, StartError> {
    let vault = match config.secrets.vault() {
        Some(vault) => vault.map_err(StartError::System)?,
        None if config.database.url.file().is_some() => beside(&file(config), store).await?,
        None => return Err(StartError::System(UNSET.to_owned())),
    };
    let safe = Safe::new(store.secrets(), vault, clock::clock());
    let renewed = safe.prove().await?;
    if renewed > 0 {
        tracing::info!(secrets.renewed = renewed, "secrets are sealed with the newest key");
    }
    Ok(safe)
}

const UNSET: &str = "SECRETS_ENCRYPTION_KEY is not set: on PostgreSQL, where several servers share the \
                     database, it has to be; `openssl rand -base64 32` makes one, the same for all servers";

async fn beside(path: &Path, store: &Store) -> Result<Vault, StartError> {
    let kept = read(path).map_err(|error| trouble("read", path, &error))?;
    let text = match kept {
        Some(text) => text,
        None if Safe::is_in_use(&store.secrets()).await? => {
            return Err(StartError::System(format!(
                "the key to the database's secrets is missing: put {} back from where it was kept, or set \
                 SECRETS_ENCRYPTION_KEY to what was in it",
                path.display()
            )));
        }
        None => make(path).map_err(|error| trouble("write", path, &error))?,
    };
    Vault::parse(text.trim())
        .map_err(|why| StartError::System(format!("the key in {} {why}", path.display())))
}

fn read(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes the file. It is whole when it gets its name; whoever was faster has made the key.
fn make(path: &Path) -> io::Result<String> {
    let fresh = path.with_extension(format!("{}.new", std::process::id()));
    let text = STANDARD.encode(clock::random());
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(OWNER_ALONE).open(&fresh)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    let linked = fs::hard_link(&fresh, path);
    fs::remove_file(&fresh)?;
    match linked {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => fs::read_to_string(path),
        linked => linked.map(|()| text),
    }
}

fn trouble(what: &str, path: &Path, error: &io::Error) -> StartError {
    let place = path.display();
    StartError::System(format!("cannot {what} the key to the database's secrets at {place}: {error}"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_key_is_made_once_and_for_its_owner_alone() {
        let folder = std::env::temp_dir().join(format!("magone-secrets-key-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(FILE);
        assert_eq!(read(&path).unwrap(), None);
        let text = make(&path).unwrap();
        assert!(Vault::parse(text.trim()).is_ok());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, OWNER_ALONE);
        assert_eq!(make(&path).unwrap().trim(), text, "a second one takes the first one's");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing is left beside it");
        fs::remove_dir_all(&folder).unwrap();
    }
}
