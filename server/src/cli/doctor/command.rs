//! The command: every check in turn.

use super::{model, place, port, secret, setting};
use crate::cli::exit::Exit;
use crate::cli::failure::{Failure, Outcome};
use crate::cli::terminal::{Format, Paint, say};
use crate::config::Environment;

/// Looks at everything; fails when something is not in order.
pub(in crate::cli) async fn run(env: &Environment, format: Format) -> Outcome {
    let mut findings = Vec::new();
    if let Some(checked) = setting::check(env, &mut findings) {
        let config = &checked.config;
        // A default in the place of what was meant would be looked at for nothing.
        if checked.stands(&["MAGONE_DATA_DIR"]) {
            findings.push(place::data_directory(config));
        }
        if checked.stands(&["DATABASE_URL", "MAGONE_DATA_DIR"]) {
            findings.push(place::database(config).await);
        }
        if checked.stands(&["SECRETS_ENCRYPTION_KEY", "DATABASE_URL", "MAGONE_DATA_DIR"]) {
            findings.push(secret::check(config));
        }
        if checked.stands(&["MAGONE_LISTEN", "MAGONE_CONSOLE_LISTEN"]) {
            findings.extend(port::check(config).await);
        }
        if checked.stands(&["OPENAI_API_KEY", "OPENAI_BASE_URL"]) {
            findings.push(model::check(config).await);
        }
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
