//! Scripts: whoever calls one by its name must be allowed to.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::violation::{Violation, none};

const MEND: &str = "git update-index --chmod=+x <file>; a script that is only sourced has no `#!`";

/// Folders with scripts.
const FOLDERS: [&str; 2] = [".ci", "tests"];

fn locked(path: &str, text: &str, mode: u32) -> Option<Violation> {
    let called = text.starts_with("#!");
    (called && mode & 0o111 == 0).then(|| Violation::new(path, "it cannot be executed", MEND))
}

#[test]
fn what_is_called_can_be_executed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let files = FOLDERS.iter().flat_map(|folder| fs::read_dir(root.join(folder)).unwrap());
    let files: Vec<_> = files.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    assert!(files.iter().filter(|path| path.ends_with("run")).count() == 1, "the folders are looked into");
    let found = files.iter().filter_map(|path| {
        let mode = fs::metadata(path).unwrap().permissions().mode();
        let text = fs::read_to_string(path).unwrap_or_default();
        locked(&path.display().to_string(), &text, mode)
    });
    none("scripts", found.collect());
}

#[test]
fn the_rule_can_fail() {
    assert!(locked("a.sh", "#!/bin/sh\n", 0o644).is_some());
    assert!(locked("a.sh", "#!/bin/sh\n", 0o755).is_none());
    assert!(locked("a.sh", "# Sourced.\n", 0o644).is_none());
}
