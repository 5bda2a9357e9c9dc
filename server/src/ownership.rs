//! One server a database file. A second one would take up the runs that the first has in flight.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// A database file is this process's own until it ends, however it ends. Commands beside the server
/// do not ask for it.
#[derive(Debug)]
pub struct Ownership {
    /// The lock lives as long as the open file.
    _file: File,
}

impl Ownership {
    /// Takes the file `database` into possession, through a lock beside it.
    ///
    /// # Errors
    /// `None` inside when another server has it; what the system says when no lock can be made.
    pub fn take(database: &Path) -> Result<Self, Option<std::io::Error>> {
        let file = File::options().create(true).append(true).open(beside(database)).map_err(Some)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(None),
            Err(TryLockError::Error(error)) => Err(Some(error)),
        }
    }
}

/// `magone.db` is locked by `magone.db.lock`.
fn beside(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_has_one_owner_at_a_time() {
        let database = std::env::temp_dir().join(format!("magone-ownership-{}", std::process::id()));
        let first = Ownership::take(&database).unwrap();
        assert!(Ownership::take(&database).unwrap_err().is_none());
        drop(first);
        drop(Ownership::take(&database).unwrap());
        std::fs::remove_file(beside(&database)).unwrap();
        assert!(Ownership::take(Path::new("/nowhere/magone.db")).unwrap_err().is_some());
    }
}
