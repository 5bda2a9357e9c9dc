//! The files of the tree.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, OnceLock};

use super::tokens::Names;

/// Folders that hold what tools made.
const MADE: [&str; 7] =
    ["target", "node_modules", ".git", "magone-data", "test-results", "playwright-report", ".venv"];
/// Endings of files that people write.
const WRITTEN: [&str; 15] =
    ["rs", "toml", "md", "ts", "tsx", "js", "mjs", "css", "yaml", "yml", "py", "sh", "sql", "json", "txt"];
/// Files that people write although their name has no ending.
const WRITTEN_NAMES: [&str; 4] = ["Makefile", "Dockerfile", "run", ".gitignore"];
/// Files that tools write, whatever they are called.
const LOCKS: [&str; 2] = ["Cargo.lock", "package-lock.json"];

/// A file that people wrote.
#[derive(Debug)]
pub(super) struct File {
    /// Path from the root of the tree, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
    /// Names in it, where it is Rust; read when they are first asked for.
    pub names: OnceLock<Names>,
}

impl File {
    /// The ending of its name.
    pub(super) fn ending(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(_, ending)| ending)
    }

    /// Whether it is Rust.
    pub(super) fn is_rust(&self) -> bool {
        self.ending() == "rs"
    }

    /// Its name without folders.
    pub(super) fn name(&self) -> &str {
        self.path.rsplit_once('/').map_or(&self.path, |(_, name)| name)
    }

    fn new(path: String, text: String) -> Self {
        Self { path, text, names: OnceLock::new() }
    }

    /// A file for the tests of the rules.
    pub(super) fn made_up(path: &str, text: &str) -> Self {
        Self::new(path.to_owned(), text.to_owned())
    }
}

/// Every file that people wrote, in the order of their paths.
pub(super) fn files() -> &'static [File] {
    static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
        let root = root();
        let mut files = Vec::new();
        gather(&root, &root, &mut files);
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files
    });
    &FILES
}

/// Every Rust file.
pub(super) fn rust() -> impl Iterator<Item = &'static File> {
    files().iter().filter(|file| file.is_rust())
}

pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn gather(root: &Path, folder: &Path, files: &mut Vec<File>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
        if entry.file_type().unwrap().is_dir() {
            if !MADE.contains(&name.as_str()) {
                gather(root, &path, files);
            }
            continue;
        }
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let written = WRITTEN.contains(&ending) || WRITTEN_NAMES.contains(&name.as_str());
        if written && !LOCKS.contains(&name.as_str()) {
            let path_text = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            // Somebody may be writing in the tree at this moment: a file that went is no violation.
            if let Ok(text) = fs::read_to_string(&path) {
                files.push(File::new(path_text, text));
            }
        }
    }
}

#[test]
fn the_tree_is_found() {
    let paths: Vec<_> = files().iter().map(|file| file.path.as_str()).collect();
    for expected in ["Cargo.toml", "server/core/src/lib.rs", "tests/src/rules/source.rs", "style/tokens.css"]
    {
        assert!(paths.contains(&expected), "{expected} was not found");
    }
    assert!(!paths.iter().any(|path| path.starts_with("target/") || path.contains("Cargo.lock")));
}
