//! One process of the server, on a data directory.

use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus, Stdio};

use super::command::command_through;
use super::log::Log;
use super::setup::Setup;
use super::{Api, Data, Stream, Tenant, magone, until};

/// A signal that ends a process at once.
const SIGKILL: i32 = 9;

/// A running server. Dropping it ends it, and asserts that it never panicked.
pub struct Server {
    setup: Setup,
    child: Option<Child>,
    log: Log,
    url: String,
}

impl Server {
    /// Starts a process and waits until it is ready.
    pub(super) fn start(setup: Setup) -> Self {
        let server = Self::start_unready(setup);
        until("the server is ready", || {
            server.assert_running();
            (server.anonymous().try_get("/readyz")?.status == 200).then_some(())
        });
        server
    }

    /// Starts a process and waits until it says where it listens, or ended.
    pub(super) fn start_unready(setup: Setup) -> Self {
        let mut command = command_through(&setup.through, &setup.data);
        command.arg("serve").args(&setup.arguments).envs(setup.env.iter().cloned());
        for listener in ["--listen", "--console-listen"] {
            if !setup.arguments.iter().any(|argument| argument == listener) {
                command.args([listener, "127.0.0.1:0"]);
            }
        }
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let log = Log::follow(child.stderr.take().unwrap());
        let mut server = Self { setup, child: Some(child), log, url: String::new() };
        until("the server says where it listens", || {
            let ended = server.ended().is_some();
            server.url = server.log.named("API").or_else(|| ended.then(String::new))?;
            Some(())
        });
        server
    }

    /// Where the API is, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its data directory.
    pub fn data(&self) -> &Data {
        &self.setup.data
    }

    /// Everything that it wrote to standard error so far.
    pub fn log(&self) -> String {
        self.log.text()
    }

    /// Everything that it wrote to standard error before it ended.
    pub fn finished_log(&mut self) -> String {
        self.log.finish();
        self.log.text()
    }

    /// A tenant that was made before the start.
    pub fn tenant(&self, slug: &str) -> &Tenant {
        let found = self.setup.tenants.iter().find(|tenant| tenant.slug == slug);
        found.unwrap_or_else(|| panic!("there is no tenant {slug}"))
    }

    /// A caller with the tenant's key.
    pub fn api(&self, slug: &str) -> Api {
        Api::new(&self.url, Some(&self.tenant(slug).key))
    }

    /// A caller without a key.
    pub fn anonymous(&self) -> Api {
        Api::new(&self.url, None)
    }

    /// A caller with any key.
    pub fn with_key(&self, key: &str) -> Api {
        Api::new(&self.url, Some(key))
    }

    /// A caller with a new admin token of these scopes.
    pub fn admin(&self, scopes: &[&str]) -> Api {
        let create = ["--output", "json", "admin", "token", "create", "test", "--scope", &scopes.join(",")];
        let made = magone(self.data(), &create).json();
        Api::with_token(&self.url, made["token"].as_str().unwrap_or_else(|| panic!("no token in {made}")))
    }

    /// The demo's key as the start prints it: it stands in the curl lines.
    pub fn demo_key(&self) -> String {
        let log = self.log();
        let start = log.find("magure_live_").unwrap_or_else(|| panic!("no key in {log}"));
        log[start..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
    }

    /// The events of a run, as a stream.
    pub fn events(&self, slug: &str, id: &str) -> Stream {
        self.api(slug).stream(&format!("/api/v1/external/executions/{id}/events"), &[])
    }

    /// Bytes of memory that the process holds.
    pub fn resident(&self) -> u64 {
        let id = self.child.as_ref().expect("the server runs").id();
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line VmRSS");
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1_024
    }

    /// How the process ended, if it did.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.as_mut().map(|child| child.try_wait().unwrap())?
    }

    /// Waits until the process ends by itself.
    pub fn wait(mut self) -> ExitStatus {
        let status = until("the server ends", || self.ended());
        self.child = None;
        self.log.finish();
        status
    }

    /// `kill -9`.
    pub fn kill9(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            let status = child.wait().unwrap();
            let died = status.signal() == Some(SIGKILL);
            assert!(died, "the server ended by itself with {status}:\n{}", self.log.tail());
        }
        self.log.finish();
    }

    /// Sends SIGTERM.
    pub fn terminate(&self) {
        self.shell("kill -TERM");
    }

    /// Lets no file that it writes grow beyond so many bytes; `None`: as far as there is room.
    pub fn limit_files(&self, bytes: Option<u64>) {
        let most = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
        self.shell(&format!("prlimit --fsize={most}: --pid"));
    }

    /// Does something to the process, whose id comes last.
    fn shell(&self, what: &str) {
        let id = self.child.as_ref().expect("the server runs").id();
        let done = std::process::Command::new("sh").arg("-c").arg(format!("{what} {id}")).status();
        assert!(done.unwrap().success(), "{what} {id}");
    }

    /// Another process on the same data, as this one was started.
    pub fn restart(&mut self) {
        self.kill9();
        let setup = self.setup.clone();
        self.restart_with(setup);
    }

    /// Another process on the same data, started in another way.
    pub fn restart_with(&mut self, setup: Setup) {
        self.kill9();
        self.assert_sound();
        *self = Self::start(setup);
    }

    /// How it was started.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    fn assert_running(&self) {
        assert!(!self.url.is_empty(), "the server did not start:\n{}", self.log.tail());
    }

    fn assert_sound(&self) {
        let text = self.log.text();
        assert!(!text.contains("panicked at"), "the server panicked:\n{}", self.log.tail());
        assert!(!text.contains(r#""level":"ERROR""#), "a fault of the server's own:\n{}", self.log.tail());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        if std::thread::panicking() {
            eprintln!("--- end of the server's standard error ---\n{}\n---", self.log.tail());
        } else {
            self.log.finish();
            self.assert_sound();
        }
    }
}
