//! `magone tenant …`.

use clap::Subcommand;
use magone_core::tenant::Tenant;
use magone_service::NewTenantRequest;
use serde_json::json;

use super::database::Database;
use super::failure::Outcome;
use super::table::{self, Table};
use super::tenant_change::{self, ChangeArguments, RotationArguments};
use super::tenant_erase;
use super::terminal::{Format, say};
use super::webhook_secret;
use crate::config::Environment;

/// Starts of runs per minute: a number, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RateLimit(pub Option<u32>);

/// What can be done with tenants.
#[derive(Debug, Subcommand)]
pub(super) enum TenantCommand {
    /// Makes a tenant and prints its key, for the only time
    Create {
        /// What people call it
        name: String,
        /// Its short name: a-z, 0-9 and '-'; its keys begin with it
        slug: String,
        /// Runs that it may start per minute, or `none` for no limit
        #[arg(long, value_name = "N|none", default_value = "60", value_parser = rate_limit)]
        rate_limit: RateLimit,
    },
    /// Lists all tenants
    List,
    /// Shows a tenant with its settings and what it may run
    Show {
        /// Its short name
        slug: String,
    },
    /// Changes a tenant's name, limit or settings; what is not named stays
    Update {
        /// Its short name
        slug: String,
        #[command(flatten)]
        changes: ChangeArguments,
    },
    /// Replaces a tenant's key by a new one and prints it, for the only time
    RotateKey {
        /// Its short name
        slug: String,
        #[command(flatten)]
        rotation: RotationArguments,
    },
    /// Prints the secret that signs the webhooks of a tenant's own URLs
    WebhookSecret {
        /// Its short name
        slug: String,
        #[command(flatten)]
        arguments: webhook_secret::Arguments,
    },
    /// Erases a tenant: cancels its runs and removes everything that it has, for good
    Erase {
        /// Its short name or its id
        tenant: String,
        /// Says that this is meant
        #[arg(long, required = true)]
        yes: bool,
    },
    /// Switches a tenant off: its keys open nothing until it is resumed
    Suspend {
        /// Its short name
        slug: String,
    },
    /// Switches a suspended tenant on again
    Resume {
        /// Its short name
        slug: String,
    },
}

pub(super) fn rate_limit(text: &str) -> Result<RateLimit, String> {
    if text == "none" {
        return Ok(RateLimit(None));
    }
    let number = text.parse::<i32>().ok().and_then(|number| u32::try_from(number).ok());
    number
        .map(|number| RateLimit(Some(number)))
        .ok_or_else(|| format!("a whole number from 0 to {}, or none", i32::MAX))
}

/// Works on the tenants.
pub(super) async fn run(command: TenantCommand, env: &Environment, format: Format) -> Outcome {
    if let TenantCommand::WebhookSecret { slug, arguments } = command {
        return webhook_secret::run(&slug, &arguments, env, format).await;
    }
    Database::with(env, async |database| match command {
        TenantCommand::Create { name, slug, rate_limit } => {
            create(database, NewTenantRequest { name, slug, rate_limit_per_minute: rate_limit.0 }, format)
                .await
        }
        TenantCommand::List => list(database, format).await,
        TenantCommand::Show { slug } => tenant_change::show(database, &slug, format).await,
        TenantCommand::Update { slug, changes } => {
            tenant_change::update(database, &slug, changes, format).await
        }
        TenantCommand::RotateKey { slug, rotation } => {
            tenant_change::rotate(database, &slug, &rotation, format).await
        }
        // It needs what is sealed as well.
        TenantCommand::WebhookSecret { .. } => Ok(()),
        TenantCommand::Erase { tenant, yes: _ } => tenant_erase::erase(database, &tenant, format).await,
        TenantCommand::Suspend { slug } => switch(database, &slug, false, format).await,
        TenantCommand::Resume { slug } => switch(database, &slug, true, format).await,
    })
    .await
}

async fn create(database: &Database, request: NewTenantRequest, format: Format) -> Outcome {
    let created = database.services.create_tenant(&database.caller, request).await?;
    let (tenant, key) = (&created.tenant, created.key.reveal());
    format.print(&json!({"tenant": tenant, "key": key}), || {
        table::pairs(&[
            ("id", tenant.id.to_string()),
            ("name", tenant.name.clone()),
            ("slug", tenant.slug.clone()),
            ("rate limit", limit_of(tenant)),
            ("key", key.to_owned()),
        ])
    })?;
    say("The key is shown only now: keep it where secrets are kept.");
    Ok(())
}

async fn list(database: &Database, format: Format) -> Outcome {
    let tenants = database.services.tenants(&database.caller).await?;
    if tenants.is_empty() {
        say("There is no tenant yet; make one with `magone tenant create <name> <slug>`.");
    }
    format.print(&tenants, || {
        let row = |tenant: &Tenant| {
            let state = if tenant.is_active { "active" } else { "suspended" };
            vec![
                tenant.slug.clone(),
                tenant.name.clone(),
                state.to_owned(),
                limit_of(tenant),
                tenant.id.to_string(),
            ]
        };
        let rows = tenants.iter().map(row).collect();
        Table::new(&["SLUG", "NAME", "STATE", "RATE LIMIT", "ID"], rows).to_string()
    })
}

async fn switch(database: &Database, slug: &str, active: bool, format: Format) -> Outcome {
    let tenant = database.services.set_tenant_active(&database.caller, slug, active).await?;
    format.print(&tenant, || {
        let state = if active { "active again" } else { "suspended" };
        format!("tenant {} is {state}", tenant.slug)
    })
}

pub(super) fn limit_of(tenant: &Tenant) -> String {
    tenant.rate_limit_per_minute.map_or_else(|| "none".to_owned(), |limit| format!("{limit}/min"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_limits_are_numbers_or_none() {
        assert_eq!(rate_limit("0"), Ok(RateLimit(Some(0))));
        assert_eq!(rate_limit("2147483647"), Ok(RateLimit(Some(2_147_483_647))));
        assert_eq!(rate_limit("none"), Ok(RateLimit(None)));
        for wrong in ["", "-1", "many", "2147483648", "1.5"] {
            assert!(rate_limit(wrong).is_err(), "{wrong}");
        }
    }
}
