//! The demo's key in the data directory: the database holds only its hash. Nobody but the owner of
//! the process may read the file.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use magone_core::key::ApiKey;

use crate::application::StartError;

const NAME: &str = "demo-key";
const OWNER_ALONE: u32 = 0o600;
/// A key is shorter.
const LONGEST: u64 = 1_024;

/// The file.
pub(super) fn path(data_dir: &Path) -> PathBuf {
    data_dir.join(NAME)
}

/// The key that is kept; `None` where there is none, or something that is no key.
pub(super) fn read(path: &Path) -> Result<Option<ApiKey>, StartError> {
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(trouble("read", path, &error)),
    };
    if found.len() > LONGEST && found.is_file() {
        return Ok(None);
    }
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::InvalidData => return Ok(None),
        Err(error) => return Err(trouble("read", path, &error)),
    };
    let tightened = fs::set_permissions(path, Permissions::from_mode(OWNER_ALONE));
    tightened.map_err(|error| trouble("protect", path, &error))?;
    Ok(ApiKey::parse(text.trim()).ok())
}

/// A place for a key that is still to be made: whether it can be kept is known before it opens
/// anything.
#[derive(Debug)]
pub(super) struct Place {
    file: File,
    fresh: PathBuf,
    path: PathBuf,
}

impl Place {
    /// Makes the place. It is beside the file and moved when it is filled: a crash leaves the old
    /// file or the new one, never half of it.
    pub fn reserve(path: &Path) -> Result<Self, StartError> {
        let fresh = path.with_extension("new");
        let file = empty(&fresh).map_err(|error| trouble("write", path, &error))?;
        Ok(Self { file, fresh, path: path.to_owned() })
    }

    /// Keeps the key, in place of what was kept before.
    pub fn keep(mut self, key: &ApiKey) -> Result<(), StartError> {
        let written = writeln!(self.file, "{}", key.reveal()).and_then(|()| self.file.sync_all());
        written
            .and_then(|()| fs::rename(&self.fresh, &self.path))
            .map_err(|error| trouble("write", &self.path, &error))
    }
}

fn empty(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    OpenOptions::new().write(true).create_new(true).mode(OWNER_ALONE).open(path)
}

fn trouble(what: &str, path: &Path, error: &io::Error) -> StartError {
    let place = path.display();
    StartError::System(format!(
        "cannot {what} the demo's key at {place}: {error}; mend that, or remove the file"
    ))
}

#[cfg(test)]
mod tests {
    use magone_core::key::KeyMode;
    use magone_core::slug::Slug;

    use super::*;

    #[test]
    fn the_key_comes_back_and_is_for_its_owner_alone() {
        let folder = std::env::temp_dir().join(format!("magone-demo-key-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = path(&folder);
        assert!(read(&path).unwrap().is_none());
        let key = ApiKey::from_random(&Slug::parse("magure").unwrap(), KeyMode::Live, [3; 32]);
        Place::reserve(&path).unwrap().keep(&key).unwrap();
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(), OWNER_ALONE);
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        assert_eq!(read(&path).unwrap().unwrap().reveal(), key.reveal());
        assert_eq!(mode(), OWNER_ALONE, "a file that others could read is closed to them");
        for rubbish in ["", "magure_live_short", "\u{0}"] {
            fs::write(&path, rubbish).unwrap();
            assert!(read(&path).unwrap().is_none(), "{rubbish:?}");
        }
        Place::reserve(&path).unwrap().keep(&key).unwrap();
        assert!(read(&path).unwrap().is_some());
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing is left beside it");
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(read(&path).unwrap_err().to_string().starts_with("cannot read the demo's key at "));
        fs::remove_dir_all(&folder).unwrap();
    }
}
