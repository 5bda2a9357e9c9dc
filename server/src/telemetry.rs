//! Logs: structured, on standard error, without bodies, keys or prompts.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts logging: lines for people on a terminal, JSON otherwise. A second start is passed over.
///
/// # Errors
/// When the filter cannot be understood.
pub fn start(filter: &str) -> Result<(), String> {
    // Statements carry inputs: the database's own logs stay off, whatever the level. And bytes that
    // are no HTTP are no error of ours: whoever sends them must not fill the log.
    let filter = EnvFilter::try_new(format!("{filter},sqlx=off,sea_orm=off,actix_http=off"))
        .map_err(|error| format!("the log filter '{filter}' cannot be understood: {error}"))?;
    let people = std::io::stderr().is_terminal();
    let plain = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(people);
    let registry = tracing_subscriber::registry().with(filter);
    let started = if people {
        registry.with(plain).try_init()
    } else {
        registry.with(plain.json().flatten_event(true)).try_init()
    };
    // Only tests start it twice in one process.
    let _ = started;
    Ok(())
}
