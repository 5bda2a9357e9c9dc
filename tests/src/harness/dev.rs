//! Temporal servers on free ports, with databases of their own. One is for all tests. It ends with the
//! process of the tests, however that ends: the shell around it waits for the pipe between them.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use magone_temporal::Address;
use tempfile::TempDir;

use super::until;

/// Without the first two every dispatch waits for the next of 20 looks a second.
const SETTINGS: [&str; 4] = [
    "history.transferProcessorMaxPollRPS=2000",
    "history.timerProcessorMaxPollRPS=2000",
    "matching.enableFairness=true",
    "matching.useNewMatcher=true",
];
const PRAGMAS: [&str; 2] = ["journal_mode=WAL", "synchronous=NORMAL"];
/// Runs what it is given, until nobody holds the other end of its standard input.
const UNTIL_ALONE: &str = r#""$@" & pid=$!; read -r _; kill -9 $pid; wait $pid; rm -rf "$REMOVE""#;

/// A development server.
pub struct Dev {
    address: String,
    folder: PathBuf,
    /// Its pipe keeps the server going.
    shell: Child,
    /// For one that is given up with its test.
    _own: Option<TempDir>,
}

static SHARED: LazyLock<Dev> = LazyLock::new(|| {
    let folder = folder().keep();
    Dev::start(folder.clone(), Some(folder), None)
});

fn folder() -> TempDir {
    tempfile::Builder::new().prefix("magone-temporal-").tempdir().unwrap()
}

impl Dev {
    /// One of its own, for a test that stops it.
    pub fn own() -> Self {
        let own = folder();
        Self::start(own.path().to_owned(), None, Some(own))
    }

    fn start(folder: PathBuf, remove: Option<PathBuf>, own: Option<TempDir>) -> Self {
        let port = super::free_port();
        let address = format!("127.0.0.1:{port}");
        let shell = shell(&address, &folder, remove);
        let mut dev = Self { address, folder, shell, _own: own };
        dev.wait();
        dev
    }

    /// Ends it at once, as a crash would.
    pub fn stop(&mut self) {
        drop(self.shell.stdin.take());
        self.shell.wait().unwrap();
    }

    /// Brings it back, with what it had.
    pub fn start_again(&mut self) {
        self.shell = shell(&self.address, &self.folder, None);
        self.wait();
    }

    /// The server's address, with a queue that nobody else uses.
    pub fn queue(&self) -> Address {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let mut address = Address::parse(&self.address).unwrap();
        // Histories are committed: they name no machine.
        address.identity = "tests".to_owned();
        address.task_queue = format!("tests-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        address
    }

    fn wait(&mut self) {
        until("Temporal's development server answers", || {
            let ended = self.shell.try_wait().unwrap();
            assert!(ended.is_none(), "it did not start; its log is in {}", self.folder.display());
            self.answers().then_some(())
        });
    }

    fn answers(&self) -> bool {
        let mut command = Command::new(binary());
        command.args(["operator", "namespace", "describe", "-n", "default", "--address", &self.address]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.status().unwrap().success()
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        self.stop();
    }
}

fn shell(address: &str, folder: &Path, remove: Option<PathBuf>) -> Child {
    let (host, port) = address.split_once(':').unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", UNTIL_ALONE, "sh"]).arg(binary()).env("REMOVE", remove.unwrap_or_default());
    command.args(["server", "start-dev", "--headless", "--log-level", "error", "--ip", host]);
    command.args(["--port", port, "--db-filename"]).arg(folder.join("temporal.db"));
    command.args(PRAGMAS.iter().flat_map(|pragma| ["--sqlite-pragma", pragma]));
    command.args(SETTINGS.iter().flat_map(|setting| ["--dynamic-config-value", setting]));
    let log = std::fs::File::create(folder.join("log")).unwrap();
    command.stdin(Stdio::piped()).stdout(log.try_clone().unwrap()).stderr(log);
    command.spawn().unwrap()
}

/// A queue of the server that the tests share.
pub fn queue() -> Address {
    SHARED.queue()
}

/// The shared server's address, for another process.
pub fn host() -> &'static str {
    &SHARED.address
}

fn binary() -> PathBuf {
    let named = std::env::var_os("MAGONE_TEST_CACHE").map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache/magone");
    let binary = named.unwrap_or_else(home).join("tools/bin/temporal");
    assert!(binary.exists(), "{} is missing: run .ci/install.sh", binary.display());
    binary
}
