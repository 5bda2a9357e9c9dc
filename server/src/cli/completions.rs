//! `magone completions`.

use clap::CommandFactory;
use clap_complete::Shell;

use super::command::CommandLine;
use super::failure::{Failure, Outcome};
use super::terminal;

/// Prints what a shell has to know to complete this command line.
pub(super) fn run(shell: Shell) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut CommandLine::command(), "magone", &mut script);
    let script = String::from_utf8(script);
    terminal::print(&script.map_err(|_| Failure::failed("the completions are no text"))?)
}
