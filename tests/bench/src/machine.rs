//! What was measured, and on what: without it a figure means nothing.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

/// The machine and the build.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    version: String,
    commit: String,
    profile: String,
    cpu: String,
    kernel: String,
}

impl Machine {
    /// Looks around.
    ///
    /// # Errors
    /// When the binary does not say its version.
    pub(crate) fn look(server: &Path) -> Result<Self> {
        let version = said(Command::new(server).arg("--version"))
            .with_context(|| format!("{} does not say its version", server.display()))?;
        let folder = server.parent().and_then(Path::file_name).unwrap_or_default();
        let commit = said(Command::new("git").args(["describe", "--always", "--dirty", "--exclude=*"]));
        Ok(Self {
            version: version.split_whitespace().last().unwrap_or_default().to_owned(),
            commit: commit.unwrap_or_else(|_| "unknown".to_owned()),
            profile: folder.to_string_lossy().into_owned(),
            cpu: cpu(),
            kernel: read("/proc/sys/kernel/osrelease"),
        })
    }

    /// All of it, with what else the machine is doing now.
    pub(crate) fn json(&self) -> Value {
        json!({
            "version": self.version,
            "commit": self.commit,
            "profile": self.profile,
            "cpu": self.cpu,
            "kernel": self.kernel,
            "load": load(),
        })
    }

    /// In one line.
    pub(crate) fn line(&self) -> String {
        format!(
            "magone {} ({}, {}) on {}, linux {}, load {}",
            self.version,
            self.commit,
            self.profile,
            self.cpu,
            self.kernel,
            load()
        )
    }
}

fn cpu() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let values = |name: &'static str| {
        info.lines().filter_map(move |line| {
            let (key, value) = line.split_once(':')?;
            (key.trim() == name).then(|| value.trim().to_owned())
        })
    };
    let model = values("model name").next().unwrap_or_else(|| "unknown".to_owned());
    format!("{}x {model}", values("processor").count())
}

/// What else the machine was doing in the last 1, 5 and 15 minutes.
fn load() -> String {
    let averages = read("/proc/loadavg");
    averages.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

fn read(path: &str) -> String {
    fs::read_to_string(path).map_or_else(|_| "unknown".to_owned(), |text| text.trim().to_owned())
}

fn said(command: &mut Command) -> Result<String> {
    let output = command.output()?;
    anyhow::ensure!(output.status.success(), "it ended with {}", output.status);
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
