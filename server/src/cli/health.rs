//! `magone health`: for people, and for the health check of a container.

use serde_json::{Value, json};

use super::failure::Outcome;
use super::remote::{Client, ServerArguments};
use super::terminal::Format;
use crate::config::Environment;

/// Asks whether a server is there, and whether requests are to be sent to it.
pub(super) async fn run(arguments: ServerArguments, env: &Environment, format: Format) -> Outcome {
    let client = Client::open(&arguments, env)?;
    let health = client.get_at(&["health"]).await?;
    let ready = client.get_at(&["readyz"]).await?;
    let version = health.get("version").and_then(Value::as_str).unwrap_or_default();
    format.print(&json!({"url": client.url(), "health": health, "readiness": ready}), || {
        format!("magone {version} at {} is ready", client.url())
    })
}
