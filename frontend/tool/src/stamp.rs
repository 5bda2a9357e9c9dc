//! Remembers what the files in a folder were made from, so that nothing is made twice.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// A hash over everything that goes into the files. Only compared with one made by the same
/// toolchain; any other value means: build again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp(String);

impl Stamp {
    /// Of the given parts, in their order.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hasher = DefaultHasher::new();
        for part in parts {
            part.len().hash(&mut hasher);
            hasher.write(part);
        }
        Self(format!("{:016x}", hasher.finish()))
    }

    /// The text: 16 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the files in `folder` were made from this, and are still there.
    #[must_use]
    pub fn is_current(&self, folder: &Path, files: &[PathBuf]) -> bool {
        std::fs::read_to_string(path(folder)).is_ok_and(|text| text == self.0)
            && files.iter().all(|file| file.is_file())
    }

    /// Writes it beside the folder (what is inside goes to browsers). Last, when all files are in
    /// place: a build that broke off leaves none.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let path = path(folder);
        std::fs::write(&path, &self.0).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Removes it before the first file is touched.
    pub fn clear(folder: &Path) {
        // One that was never there is as good as removed.
        let _ = std::fs::remove_file(path(folder));
    }
}

fn path(folder: &Path) -> PathBuf {
    folder.with_extension("stamp")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_and_their_borders_count() {
        let stamp = Stamp::of(&[b"ab", b"c"]);
        assert_eq!(stamp, Stamp::of(&[b"ab", b"c"]));
        assert_ne!(stamp, Stamp::of(&[b"a", b"bc"]));
        assert_ne!(stamp, Stamp::of(&[b"ab"]));
        assert_eq!(stamp.as_str().len(), 16);
    }
}
