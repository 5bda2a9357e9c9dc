//! A private PostgreSQL, and databases on it. `tests/postgres.sh` starts it and ends it with us,
//! however we end.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use sea_orm::ConnectionTrait;

use super::block_on;

static SHARED: LazyLock<Arc<Postgres>> = LazyLock::new(Postgres::start);

/// A running server. It ends when nobody has it any more, or the process ends.
pub struct Postgres {
    url: String,
    script: Mutex<Script>,
}

struct Script {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Postgres {
    /// The one that tests share. It is not to be stopped.
    pub fn shared() -> Arc<Self> {
        Arc::clone(&SHARED)
    }

    /// One of its own, for a test that stops it.
    pub fn start() -> Arc<Self> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/postgres.sh");
        let mut child =
            Command::new(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("bash is there");
        let (input, output) = (child.stdin.take(), child.stdout.take().unwrap());
        let mut script = Script { child, input, output: BufReader::new(output) };
        let url = script.line();
        Arc::new(Self { url, script: Mutex::new(script) })
    }

    /// Ends it at once, as a crash would.
    pub fn stop(&self) {
        self.script.lock().unwrap().obey("stop");
    }

    /// Brings it back, with what it had.
    pub fn start_again(&self) {
        self.script.lock().unwrap().obey("start");
    }

    /// An empty database.
    pub fn database(self: &Arc<Self>) -> Database {
        self.make("")
    }

    fn make(self: &Arc<Self>, how: &str) -> Database {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let name = format!("magone_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        block_on(self.sql(&format!("CREATE DATABASE {name} {how}"))).unwrap();
        Database { server: Arc::clone(self), name }
    }

    async fn sql(&self, sql: &str) -> Result<(), sea_orm::DbErr> {
        let connection = sea_orm::Database::connect(format!("{}/postgres", self.url)).await?;
        connection.execute_unprepared(sql).await?;
        connection.close().await
    }
}

impl Script {
    /// The next line; an empty one when it ended, having said why.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "PostgreSQL does not start; `.ci/install.sh` installs it");
        line.trim_end().to_owned()
    }

    fn obey(&mut self, word: &str) {
        writeln!(self.input.as_mut().unwrap(), "{word}").unwrap();
        assert_eq!(self.line(), word);
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        self.input = None;
        let _ = self.child.wait();
    }
}

/// A database that vanishes with the last one who has it.
pub struct Database {
    server: Arc<Postgres>,
    name: String,
}

impl Database {
    /// As programs are told.
    pub fn url(&self) -> String {
        format!("{}/{}", self.server.url, self.name)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The socket of its server.
    pub fn socket(&self) -> PathBuf {
        let (_, host) = self.server.url.rsplit_once('@').unwrap();
        PathBuf::from(host.replace("%2F", "/")).join(".s.PGSQL.5432")
    }

    /// A copy of everything in it. Nobody may be connected.
    pub fn copy(&self) -> Self {
        self.server.make(&format!("TEMPLATE {}", self.name))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // Where the server was stopped, there is nothing to be tidied up.
        let _ = block_on(self.server.sql(&format!("DROP DATABASE {} WITH (FORCE)", self.name)));
    }
}
