//! `magone tenant webhook-secret`.

use clap::Args;
use magone_service::{DEFAULT_SECRET, Permission, SecretRotation};
use serde_json::json;

use super::database::Database;
use super::failure::Outcome;
use super::table;
use super::terminal::{Format, say};
use crate::config::Environment;

/// How the secret is replaced, if at all.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Replaces the secret by a new one first
    #[arg(long)]
    pub rotate: bool,
    /// Seconds that the old secret signs beside the new one
    #[arg(long, value_name = "SECONDS", default_value_t = SecretRotation::default().grace_seconds, requires = "rotate")]
    pub grace: u32,
}

/// Prints the secret of the URLs that come with a tenant's runs.
pub(super) async fn run(slug: &str, arguments: &Arguments, env: &Environment, format: Format) -> Outcome {
    let rotation = arguments.rotate.then_some(SecretRotation { grace_seconds: arguments.grace });
    Database::with_secrets(env, async |database| {
        let Database { services, caller, .. } = database;
        let tenant = services.stand_in(caller, Permission::WriteWebhooks, slug).await?;
        let secret = match rotation {
            Some(rotation) => services.rotate_webhook_secret(&tenant, DEFAULT_SECRET, rotation).await?,
            None => services.webhook_secret(&tenant, DEFAULT_SECRET).await?,
        };
        let text = secret.secret.reveal();
        let data = json!({"secret": text, "previous_valid_until": secret.previous_until});
        format.print(&data, || table::pairs(&[("secret", text.clone())]))?;
        if let Some(until) = secret.previous_until {
            say(&format!("The secret before it signs as well until {until}."));
        }
        Ok(())
    })
    .await
}
