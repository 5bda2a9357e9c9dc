//! `magone key …`.

use clap::{Args, Subcommand};
use magone_core::grant::{Grant, Scope};
use magone_service::{CreatedKey, NewKeyRequest, Rotation};
use magone_store::KeyRow;

use super::database::Database;
use super::failure::Outcome;
use super::lifetime::{self, Days};
use super::table::{self, Table};
use super::tenant::{RateLimit, rate_limit};
use super::terminal::{Format, say};
use crate::api::internal::keys::{shown, shown_once};
use crate::config::Environment;

/// What can be done with tenants' keys.
#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Makes one more key and prints it, for the only time
    #[command(after_help = scopes_help())]
    Create {
        /// The tenant's short name
        tenant: String,
        /// What it is for
        name: String,
        #[command(flatten)]
        wish: KeyArguments,
    },
    /// Lists a tenant's keys, without what opens anything
    List {
        /// The tenant's short name
        tenant: String,
    },
    /// Replaces a key by a new one that may do the same and prints it, for the only time
    Rotate {
        /// Its id: key_…
        id: String,
        /// Seconds that the old key goes on beside the new one
        #[arg(long, value_name = "SECONDS", default_value_t = 0)]
        grace: u32,
    },
    /// Takes a key back, for good; a running server notices within a second
    Revoke {
        /// Its id: key_…
        id: String,
    },
}

/// What a key is to be.
#[derive(Debug, Args)]
pub(super) struct KeyArguments {
    /// A key for trying out: models are scripted and cost nothing
    #[arg(long)]
    test: bool,
    /// What it may do, `execute` and `read` where nothing is named; repeat it, or separate with commas
    #[arg(long = "scope", value_name = "SCOPE", value_delimiter = ',')]
    scopes: Vec<String>,
    /// A workflow that it is for, all where none is named; repeat it, or separate with commas
    #[arg(long = "workflow", value_name = "SLUG", value_delimiter = ',')]
    workflows: Vec<String>,
    /// Runs that it may start per minute, or `none` for only the tenant's limit
    #[arg(long, value_name = "N|none", default_value = "none", value_parser = rate_limit)]
    rate_limit: RateLimit,
    /// Days until it ends by itself, or `never`
    #[arg(long, value_name = "DAYS|never", default_value = "never", value_parser = lifetime::days)]
    expires: Days,
}

impl KeyArguments {
    fn request(self, tenant: String, name: String) -> NewKeyRequest {
        let named = |list: Vec<String>| (!list.is_empty()).then_some(list);
        NewKeyRequest {
            tenant,
            name,
            test: self.test,
            expires_at: self.expires.end(),
            scopes: named(self.scopes),
            workflows: named(self.workflows),
            rate_limit_per_minute: self.rate_limit.0,
        }
    }
}

fn scopes_help() -> String {
    let scopes: Vec<_> = Scope::ALL.iter().map(|known| format!("  {}", known.as_str())).collect();
    format!("Scopes:\n{}", scopes.join("\n"))
}

/// Works on the keys.
pub(super) async fn run(command: KeyCommand, env: &Environment, format: Format) -> Outcome {
    Database::with(env, async |database| match command {
        KeyCommand::Create { tenant, name, wish } => {
            let request = wish.request(tenant, name);
            created(&database.services.add_key(&database.caller, request).await?, format)
        }
        KeyCommand::List { tenant } => list(database, &tenant, format).await,
        KeyCommand::Rotate { id, grace } => {
            let rotation = Rotation { grace_seconds: grace };
            created(&database.services.rotate_key(&database.caller, &id, rotation).await?, format)
        }
        KeyCommand::Revoke { id } => {
            let key = database.services.revoke_key(&database.caller, &id).await?;
            format.print(&shown(&key), || format!("key {} is revoked", key.id))
        }
    })
    .await
}

/// A new key, shown once.
pub(super) fn created(key: &CreatedKey, format: Format) -> Outcome {
    format.print(&shown_once(key), || {
        table::pairs(&[
            ("id", key.row.id.to_string()),
            ("tenant", key.tenant.clone()),
            ("name", key.row.name.clone()),
            ("may", may(&key.row.grant)),
            ("ends", lifetime::ending(None, key.row.expires_at)),
            ("key", key.key.reveal().to_owned()),
        ])
    })?;
    say("The key is shown only now: keep it where secrets are kept.");
    Ok(())
}

/// What a key may do, in a few words.
fn may(grant: &Grant) -> String {
    let scopes: Vec<_> = grant.scopes.iter().map(|scope| scope.as_str()).collect();
    let workflows = grant.workflows.iter().flatten().cloned().collect::<Vec<_>>().join(", ");
    let of = if grant.workflows.is_some() { format!(" of {workflows}") } else { String::new() };
    format!("{}{of}", scopes.join(", "))
}

async fn list(database: &Database, tenant: &str, format: Format) -> Outcome {
    let keys = database.services.keys(&database.caller, tenant).await?;
    format.print(&keys.iter().map(shown).collect::<Vec<_>>(), || {
        let cells = |key: &KeyRow| {
            let kind = if key.test { "test" } else { "live" };
            let ending = lifetime::ending(key.revoked_at, key.expires_at);
            vec![
                key.id.to_string(),
                key.name.clone(),
                key.prefix.clone(),
                kind.to_owned(),
                may(&key.grant),
                ending,
            ]
        };
        Table::new(&["ID", "NAME", "PREFIX", "KIND", "MAY", "ENDS"], keys.iter().map(cells).collect())
            .to_string()
    })
}
