//! `magone key …`.

use clap::Subcommand;
use magone_service::{CreatedKey, NewKeyRequest};
use magone_store::KeyRow;
use serde_json::{Value, json};

use super::database::Database;
use super::failure::Outcome;
use super::lifetime::{self, Days};
use super::table::{self, Table};
use super::terminal::{Format, say};
use crate::api::internal::keys::shown;
use crate::config::Environment;

/// What can be done with tenants' keys.
#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Makes one more key and prints it, for the only time
    Create {
        /// The tenant's short name
        tenant: String,
        /// What it is for
        name: String,
        /// A key for trying out: models are scripted and cost nothing
        #[arg(long)]
        test: bool,
        /// Days until it ends by itself, or `never`
        #[arg(long, value_name = "DAYS|never", default_value = "never", value_parser = lifetime::days)]
        expires: Days,
    },
    /// Lists a tenant's keys, without what opens anything
    List {
        /// The tenant's short name
        tenant: String,
    },
    /// Takes a key back, for good; a running server notices within a second
    Revoke {
        /// Its id: key_…
        id: String,
    },
}

/// Works on the keys.
pub(super) async fn run(command: KeyCommand, env: &Environment, format: Format) -> Outcome {
    Database::with(env, async |database| match command {
        KeyCommand::Create { tenant, name, test, expires } => {
            let request = NewKeyRequest { tenant, name, test, expires_at: expires.end() };
            created(&database.services.add_key(&database.caller, request).await?, format)
        }
        KeyCommand::List { tenant } => list(database, &tenant, format).await,
        KeyCommand::Revoke { id } => {
            let key = database.services.revoke_key(&database.caller, &id).await?;
            format.print(&shown(&key), || format!("key {} is revoked", key.id))
        }
    })
    .await
}

/// A new key, shown once.
pub(super) fn created(key: &CreatedKey, format: Format) -> Outcome {
    let data = json!({
        "id": key.id,
        "tenant": key.tenant,
        "name": key.name,
        "expires_at": key.expires_at,
        "key": key.key.reveal(),
    });
    format.print(&data, || {
        table::pairs(&[
            ("id", key.id.to_string()),
            ("tenant", key.tenant.clone()),
            ("name", key.name.clone()),
            ("ends", lifetime::ending(None, key.expires_at)),
            ("key", key.key.reveal().to_owned()),
        ])
    })?;
    say("The key is shown only now: keep it where secrets are kept.");
    Ok(())
}

async fn list(database: &Database, tenant: &str, format: Format) -> Outcome {
    let keys = database.services.keys(&database.caller, tenant).await?;
    format.print(&keys.iter().map(shown).collect::<Vec<Value>>(), || {
        let cells = |key: &KeyRow| {
            let kind = if key.test { "test" } else { "live" };
            let ending = lifetime::ending(key.revoked_at, key.expires_at);
            vec![key.id.to_string(), key.name.clone(), key.prefix.clone(), kind.to_owned(), ending]
        };
        Table::new(&["ID", "NAME", "PREFIX", "KIND", "ENDS"], keys.iter().map(cells).collect()).to_string()
    })
}
