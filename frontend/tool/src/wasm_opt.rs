//! `wasm-opt` from binaryen shrinks the wasm further. It is a program of its own: used where it is,
//! done without where it is not.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

/// Where the program is: named by the caller, on PATH, or installed by npm in this folder or above.
#[must_use]
pub fn find(named: Option<&Path>) -> Option<PathBuf> {
    if let Some(named) = named {
        return Some(named.to_owned());
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let here = env::current_dir().unwrap_or_default();
    env::split_paths(&path)
        .map(|folder| folder.join("wasm-opt"))
        .chain(here.ancestors().map(|folder| folder.join("node_modules/.bin/wasm-opt")))
        .chain([here.join("end2end/node_modules/.bin/wasm-opt")])
        .find(|candidate| candidate.is_file())
}

/// Optimises for size. Works on files, since the program does.
///
/// # Errors
/// When the program does not run or does not accept the module.
pub fn run(program: &Path, wasm: &[u8], scratch: &Path) -> Result<Vec<u8>> {
    let (before, after) = (scratch.join("before.wasm"), scratch.join("after.wasm"));
    std::fs::write(&before, wasm).with_context(|| format!("cannot write {}", before.display()))?;
    let output = Command::new(program)
        // The features that the compiler's wasm uses; every browser of the last years has them.
        .args(["-Oz", "--all-features", "--disable-gc", "--strip-producers"])
        .arg(&before)
        .arg("-o")
        .arg(&after)
        .output()
        .with_context(|| format!("{} does not start", program.display()))?;
    if !output.status.success() {
        bail!("{} failed: {}", program.display(), String::from_utf8_lossy(&output.stderr).trim());
    }
    let optimised = std::fs::read(&after).with_context(|| format!("cannot read {}", after.display()))?;
    for file in [&before, &after] {
        std::fs::remove_file(file).with_context(|| format!("cannot remove {}", file.display()))?;
    }
    Ok(optimised)
}
