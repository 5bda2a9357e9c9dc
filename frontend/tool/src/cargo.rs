//! Compiles `frontend` to wasm. Cargo knows best whether that is needed: it is always asked, and
//! answers in a moment when nothing changed.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::report::say;

const TARGET: &str = "wasm32-unknown-unknown";

/// Compiles and returns where the wasm is.
///
/// # Errors
/// When the target is missing and cannot be had, or when the compiler finds fault.
pub fn build(release: bool) -> Result<PathBuf> {
    ensure_target()?;
    let output = Command::new(program("CARGO", "cargo"))
        .args(["build", "--package", "frontend", "--target", TARGET])
        .args(["--profile", if release { "wasm-release" } else { "dev" }])
        .arg("--message-format=json-render-diagnostics")
        .stderr(Stdio::inherit())
        .output()
        .context("cargo does not start")?;
    if !output.status.success() {
        bail!("the console does not compile for the browser (the compiler's words are above)");
    }
    artifact(&String::from_utf8_lossy(&output.stdout)).context("cargo named no wasm file")
}

/// The wasm file that cargo's messages name, one JSON document a line.
fn artifact(messages: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message.pointer("/target/name").is_some_and(|name| name == "frontend"))
        .filter_map(|message| message.get("filenames").and_then(Value::as_array).cloned())
        .flatten()
        .filter_map(|file| file.as_str().map(PathBuf::from))
        .find(|file| file.extension().is_some_and(|extension| extension == "wasm"))
}

fn ensure_target() -> Result<()> {
    let libdir = Command::new(program("RUSTC", "rustc"))
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .context("rustc does not start")?;
    if Path::new(String::from_utf8_lossy(&libdir.stdout).trim()).is_dir() {
        return Ok(());
    }
    say(&format!("console: installing rust's {TARGET} target"));
    let rustup = Command::new("rustup").args(["target", "add", TARGET]).status();
    if !rustup.is_ok_and(|status| status.success()) {
        bail!(
            "rust's {TARGET} target is missing and `rustup target add {TARGET}` did not work: install it \
             with your package manager, or run that command where there is a network"
        );
    }
    Ok(())
}

fn program(variable: &str, default: &str) -> OsString {
    std::env::var_os(variable).unwrap_or_else(|| default.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wasm_is_found_among_other_messages() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"app"},"filenames":["/t/libapp.rlib"]}"#,
            "\nnot json\n",
            r#"{"reason":"compiler-artifact","target":{"name":"frontend"},"filenames":["/t/f.d","/t/f.wasm"]}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        assert_eq!(artifact(messages), Some(PathBuf::from("/t/f.wasm")));
        assert_eq!(artifact(""), None);
    }
}
