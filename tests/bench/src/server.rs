//! The server under test: a process of its own, kept on one core.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::options::Options;
use crate::process;
use crate::wire::{Connection, Request};

/// How long a start may take before it counts as failed.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often readiness is asked for: below what is to be measured.
const LOOK: Duration = Duration::from_millis(1);

/// A running server; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// Where its API listens.
    pub address: SocketAddr,
    /// When its process was started.
    pub started: Instant,
    /// From there until it said that it is ready.
    pub ready_after: Duration,
}

impl Server {
    /// Starts it on a data directory, with settings beside the default ones, and waits until it is ready.
    pub(crate) async fn start(options: &Options, data: &Path, settings: &[(&str, &str)]) -> Result<Self> {
        let log = data.join("server.log");
        let mut command = pinned(options, &options.server)?;
        surround(&mut command, data);
        command.envs(settings.iter().copied());
        command.args(["serve", "--listen", "127.0.0.1:0", "--console-listen", "127.0.0.1:0"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log)?);
        let started = Instant::now();
        let mut child = command.spawn().context("taskset does not start")?;
        let address = loop {
            if let Some(address) = announced(&fs::read_to_string(&log)?) {
                break address;
            }
            if child.try_wait()?.is_some() || started.elapsed() > PATIENCE {
                let _ = child.kill();
                bail!("the server did not start: {}", fs::read_to_string(&log)?);
            }
            tokio::time::sleep(LOOK).await;
        };
        let mut server = Self { child, address, started, ready_after: Duration::ZERO };
        server.wait_until_ready().await?;
        server.ready_after = started.elapsed();
        Ok(server)
    }

    async fn wait_until_ready(&self) -> Result<()> {
        let request = Request::get("/readyz", "");
        while self.started.elapsed() < PATIENCE {
            if let Ok(mut connection) = Connection::open(self.address).await
                && connection.exchange(&request).await?.status == 200
            {
                return Ok(());
            }
            tokio::time::sleep(LOOK).await;
        }
        bail!("the server is not ready after {} s", PATIENCE.as_secs())
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Memory that it holds now, in MB (10^6 bytes).
    pub(crate) fn resident_mb(&self) -> Result<f64> {
        Ok(process::resident_kib(&self.child.id().to_string())? * 1.024 / 1_000.0)
    }

    /// Processor time that it used so far.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        process::cpu(&self.child.id().to_string())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have been killed before.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A program, kept on the core that is the server's.
pub(crate) fn pinned(options: &Options, program: &Path) -> Result<Command> {
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", &options.core.to_string()]).arg(absolute(program)?);
    Ok(command)
}

/// The binary's command line on a data directory.
pub(crate) fn command(server: &Path, data: &Path) -> Command {
    let mut command = Command::new(absolute(server).unwrap_or_else(|_| server.to_owned()));
    surround(&mut command, data);
    command
}

/// Nothing of the caller's own settings takes part.
fn surround(command: &mut Command, data: &Path) {
    command.current_dir(data).env("MAGONE_DATA_DIR", data);
    // Receivers of webhooks are on this machine.
    command.env("MAGONE_EGRESS_ALLOW", "127.0.0.1");
    for name in ["DATABASE_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL", "RUST_LOG", "LOG_LEVEL"] {
        command.env_remove(name);
    }
}

fn absolute(path: &Path) -> Result<PathBuf> {
    fs::canonicalize(path).with_context(|| format!("{} is not there: build it first", path.display()))
}

/// Where the start says that the API is.
fn announced(log: &str) -> Option<SocketAddr> {
    let mut lines = log.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    lines.find_map(|line| line.trim().strip_prefix("API")?.trim().strip_prefix("http://")?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_read_from_a_whole_line() {
        let log = "Magone 0.1.0\n  API      http://127.0.0.1:4711\n  Console  http://127.0.0.1:3000\n";
        assert_eq!(announced(log), Some(SocketAddr::from(([127, 0, 0, 1], 4711))));
        assert_eq!(announced("  API      http://127.0.0.1:47"), None);
    }
}
