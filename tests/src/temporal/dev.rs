//! One Temporal server for all tests, on a free port and a database of its own. It ends with the
//! process of the tests, however that ends: the shell around it waits for the pipe between them.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use magone_temporal::Address;

use crate::harness::until;

/// Without the first two every dispatch waits for the next of 20 looks a second.
const SETTINGS: [&str; 4] = [
    "history.transferProcessorMaxPollRPS=2000",
    "history.timerProcessorMaxPollRPS=2000",
    "matching.enableFairness=true",
    "matching.useNewMatcher=true",
];
const PRAGMAS: [&str; 2] = ["journal_mode=WAL", "synchronous=NORMAL"];
/// Runs what it is given, until nobody holds the other end of its standard input.
const UNTIL_ALONE: &str = r#""$@" & pid=$!; read -r _; kill -9 $pid; rm -rf "$FOLDER""#;

struct Dev {
    address: String,
    /// Its pipe keeps the server going.
    _shell: Child,
}

static DEV: LazyLock<Dev> = LazyLock::new(Dev::start);

impl Dev {
    fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = format!("127.0.0.1:{port}");
        let folder = tempfile::Builder::new().prefix("magone-temporal-").tempdir().unwrap().keep();
        let mut command = Command::new("sh");
        command.args(["-c", UNTIL_ALONE, "sh"]).arg(binary()).env("FOLDER", &folder);
        command.args(["server", "start-dev", "--headless", "--ip", "127.0.0.1", "--log-level", "error"]);
        command.args(["--port", &port.to_string(), "--db-filename"]).arg(folder.join("temporal.db"));
        command.args(PRAGMAS.iter().flat_map(|pragma| ["--sqlite-pragma", pragma]));
        command.args(SETTINGS.iter().flat_map(|setting| ["--dynamic-config-value", setting]));
        let log = std::fs::File::create(folder.join("log")).unwrap();
        command.stdin(Stdio::piped()).stdout(log.try_clone().unwrap()).stderr(log);
        let mut dev = Self { _shell: command.spawn().unwrap(), address };
        until("Temporal's development server answers", || {
            let ended = dev._shell.try_wait().unwrap();
            assert!(ended.is_none(), "it did not start; its log is in {}", folder.display());
            dev.answers().then_some(())
        });
        dev
    }

    fn answers(&self) -> bool {
        let mut command = Command::new(binary());
        command.args(["operator", "namespace", "describe", "-n", "default", "--address", &self.address]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.status().unwrap().success()
    }
}

/// The server's address, with a queue that nobody else uses.
pub(super) fn queue() -> Address {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let mut address = Address::parse(&DEV.address).unwrap();
    // Histories are committed: they name no machine.
    address.identity = "tests".to_owned();
    address.task_queue = format!("tests-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    address
}

/// The same address for another process.
pub(super) fn host() -> &'static str {
    &DEV.address
}

fn binary() -> PathBuf {
    let named = std::env::var_os("MAGONE_TEST_CACHE").map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache/magone");
    let binary = named.unwrap_or_else(home).join("tools/bin/temporal");
    assert!(binary.exists(), "{} is missing: run .ci/install.sh", binary.display());
    binary
}
