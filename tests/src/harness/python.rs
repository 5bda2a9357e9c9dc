//! Packages of Python, each list in an environment of its own, outside the tree.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// One test installs, the others wait.
static INSTALLING: Mutex<()> = Mutex::new(());

/// The environment of the list `requirements.txt` in a folder of the tests; made once for one list.
pub fn environment(folder: &str) -> PathBuf {
    let _turn = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join("requirements.txt");
    let mut hasher = DefaultHasher::new();
    std::fs::read(&requirements).unwrap().hash(&mut hasher);
    let venv = cache().join(format!("{folder}-{:016x}", hasher.finish()));
    let complete = venv.join("complete");
    if !complete.exists() {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv));
        let install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "-r"];
        run(Command::new(venv.join("bin/python3")).args(install).arg(&requirements));
        std::fs::write(complete, "").unwrap();
    }
    venv
}

fn cache() -> PathBuf {
    let named = std::env::var_os("MAGONE_TEST_CACHE").map(PathBuf::from);
    named.unwrap_or_else(|| PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache/magone-tests"))
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}:\n{}", String::from_utf8_lossy(&output.stderr));
}
