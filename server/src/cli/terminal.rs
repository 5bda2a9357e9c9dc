//! Standard output and standard error: data on the one, talk on the other.

use std::io::{self, ErrorKind, IsTerminal, Write};

use clap::ValueEnum;
use serde::Serialize;

use super::exit::Exit;
use super::failure::{Failure, Outcome};

/// How data is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    // No help of their own: it would make every page of help twice as long.
    #[default]
    Table,
    Json,
}

impl Format {
    /// Prints `data` as JSON, or what `table` makes of it.
    pub(super) fn print(self, data: &impl Serialize, table: impl FnOnce() -> String) -> Outcome {
        match self {
            Self::Table => print(&table()),
            Self::Json => print(&pretty(data)?),
        }
    }
}

/// JSON for people and programs alike.
pub(super) fn pretty(data: &impl Serialize) -> Result<String, Failure> {
    let mended =
        |error: serde_json::Error| Failure::failed(format!("the data cannot be written as JSON: {error}"));
    serde_json::to_string_pretty(data).map_err(mended)
}

/// Prints data and ends the line. A reader that went away (`| head`) ends the command, quietly.
pub(super) fn print(text: &str) -> Outcome {
    let mut out = io::stdout().lock();
    let written = writeln!(out, "{}", text.trim_end_matches('\n')).and_then(|()| out.flush());
    written.map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failure::silent(Exit::Ok),
        _ => Failure::failed(format!("cannot write to standard output: {error}")),
    })
}

/// Tells something that is not data. Nobody may be listening.
pub fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Text that cannot steer a terminal: names, messages and errors come from tenants and models.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Colours, where somebody sees them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint {
    on: bool,
}

impl Paint {
    /// No colours.
    #[cfg(test)]
    pub const OFF: Self = Self { on: false };

    /// For standard output.
    pub fn of_stdout() -> Self {
        Self::when(io::stdout().is_terminal())
    }

    /// For standard error.
    pub fn of_stderr() -> Self {
        Self::when(io::stderr().is_terminal())
    }

    /// <https://no-color.org>: set and not empty turns colours off.
    fn when(terminal: bool) -> Self {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let dumb = set("TERM").is_some_and(|term| term == "dumb");
        Self { on: terminal && !dumb && set("NO_COLOR").is_none() }
    }

    pub fn good(self, text: &str) -> String {
        self.with("32", text)
    }

    pub fn bad(self, text: &str) -> String {
        self.with("31", text)
    }

    pub fn faint(self, text: &str) -> String {
        self.with("2", text)
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.on { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_cannot_steer_the_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb\nc\u{9b}d"), "a [2Jb c d");
        assert_eq!(plain("Größe → ok"), "Größe → ok");
    }

    #[test]
    fn colours_are_for_terminals() {
        assert_eq!(Paint::OFF.bad("x"), "x");
        assert_eq!(Paint { on: true }.bad("x"), "\u{1b}[31mx\u{1b}[0m");
    }
}
