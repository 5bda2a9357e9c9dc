//! The command line, on a data directory.

use std::process::{Command, Stdio};

use serde_json::Value;

use super::{Data, binary, dev};

/// Seals what is secret in databases of the tests that are no files.
pub const SECRETS_KEY: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

/// What a command said.
#[derive(Debug)]
pub struct Output {
    /// Its exit code; `None`: it was killed.
    pub code: Option<i32>,
    /// Data.
    pub stdout: String,
    /// Talk.
    pub stderr: String,
}

impl Output {
    /// The data of a command that worked, as JSON.
    pub fn json(&self) -> Value {
        self.succeeded();
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// Asserts that it worked.
    pub fn succeeded(&self) {
        assert_eq!(self.code, Some(0), "{}\n{}", self.stderr, self.stdout);
    }
}

/// A command with nothing in its environment but where the data is and what finds programs.
pub fn command(data: &Data) -> Command {
    surrounded(Command::new(binary::path()), data)
}

/// The same through another program, which gets the command line at its end.
pub fn command_through(program: &[String], data: &Data) -> Command {
    let Some((program, arguments)) = program.split_first() else { return command(data) };
    let mut command = Command::new(program);
    command.args(arguments).arg(binary::path());
    surrounded(command, data)
}

fn surrounded(mut command: Command, data: &Data) -> Command {
    command.env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("MAGONE_DATA_DIR", data.path()).current_dir(data.path());
    if let Some(database) = data.postgres() {
        command.env("DATABASE_URL", database.url()).env("SECRETS_ENCRYPTION_KEY", SECRETS_KEY);
    }
    if binary::is_on_temporal() {
        // A server that comes back finds its runs on the queue of its data.
        let queue = data.path().file_name().unwrap_or_default();
        command.env("MAGONE_TEST_TEMPORAL", dev::host()).env("MAGONE_TEST_QUEUE", queue);
    }
    command.stdin(Stdio::null());
    command
}

/// Runs `magone <arguments>` to its end.
pub fn magone(data: &Data, arguments: &[&str]) -> Output {
    magone_with(data, &[], arguments)
}

/// The same with further variables.
pub fn magone_with(data: &Data, env: &[(&str, &str)], arguments: &[&str]) -> Output {
    let output = command(data).envs(env.iter().copied()).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).expect("commands speak UTF-8");
    let output =
        Output { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) };
    assert!(output.code.is_some(), "magone {arguments:?} was killed: {output:?}");
    assert!(!output.stderr.contains("panicked at"), "magone {arguments:?}: {}", output.stderr);
    output
}
