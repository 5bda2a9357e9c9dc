//! The command: every check in turn.

use super::{model, place, port, setting};
use crate::cli::exit::Exit;
use crate::cli::failure::{Failure, Outcome};
use crate::cli::terminal::{Format, Paint, say};
use crate::config::Environment;

/// Looks at everything; fails when something is not in order.
pub(in crate::cli) async fn run(env: &Environment, format: Format) -> Outcome {
    let mut findings = Vec::new();
    // Wrong settings are told, and then left out, so that the rest can still be looked at.
    if let Some(config) = setting::check(env, &mut findings) {
        findings.push(place::data_directory(&config));
        findings.push(place::database(&config).await);
        findings.extend(port::check(&config).await);
        findings.push(model::check(&config).await);
    }
    let paint = Paint::of_stdout();
    format.print(&findings, || {
        let lines = findings.iter().map(|finding| finding.line(paint));
        lines.collect::<Vec<_>>().join("\n")
    })?;
    match findings.iter().filter(|finding| !finding.ok).count() {
        0 => Ok(()),
        problems => {
            say(&format!("{problems} to be mended."));
            Err(Failure::silent(Exit::Failed))
        }
    }
}
