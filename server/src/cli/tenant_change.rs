//! `magone tenant show|update|rotate-key`.

use clap::Args;
use magone_core::limit::Allowance;
use magone_core::tenant::Tenant;
use magone_service::{Rotation, TenantChanges};
use magone_store::TenantWorkflow;
use serde_json::{Map, Value, json};

use super::database::Database;
use super::failure::Outcome;
use super::tenant::{self, RateLimit};
use super::terminal::Format;
use super::{key, table};

/// What is to be different about a tenant.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(super) struct ChangeArguments {
    /// What people call it
    #[arg(long, value_name = "TEXT")]
    pub name: Option<String>,
    /// Runs that it may start per minute, or `none` for no limit
    #[arg(long, value_name = "N|none", value_parser = tenant::rate_limit)]
    pub rate_limit: Option<RateLimit>,
    /// Sets a setting to a JSON value, such as max_concurrent_runs=5; repeat it for more
    #[arg(long, value_name = "SETTING=JSON", value_parser = setting)]
    pub set: Vec<(String, Value)>,
    /// Takes a setting away, so that its default counts; repeat it for more
    #[arg(long, value_name = "SETTING")]
    pub unset: Vec<String>,
}

/// How a key is replaced.
#[derive(Debug, Args)]
pub(super) struct RotationArguments {
    /// The key to replace, where the tenant has several: key_…
    #[arg(long, value_name = "ID")]
    pub key: Option<String>,
    /// Seconds that the old key goes on beside the new one
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub grace: u32,
}

fn setting(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("SETTING=JSON is needed, such as retention_days=30")?;
    match serde_json::from_str(value) {
        Ok(value) => Ok((name.to_owned(), value)),
        Err(error) => Err(format!("no JSON: {error}")),
    }
}

impl ChangeArguments {
    fn changes(self) -> TenantChanges {
        let mut settings: Map<String, Value> = self.set.into_iter().collect();
        settings.extend(self.unset.into_iter().map(|name| (name, Value::Null)));
        let rate_limit_per_minute = self.rate_limit.map(|limit| limit.0);
        TenantChanges { name: self.name, rate_limit_per_minute, settings }
    }
}

/// Shows a tenant with what it may run.
pub(super) async fn show(database: &Database, slug: &str, format: Format) -> Outcome {
    let Database { services, caller, .. } = database;
    let tenant = services.tenant(caller, slug).await?;
    let workflows = services.assignments(caller, slug).await?;
    let listed = |workflow: &TenantWorkflow| json!({"slug": workflow.slug, "definition": workflow.definition_id, "version": workflow.version});
    let data = json!({"tenant": tenant, "workflows": workflows.iter().map(listed).collect::<Vec<_>>()});
    format.print(&data, || {
        let workflows: Vec<_> = workflows.iter().map(runs).collect();
        format!("{}\n\n{}", pairs(&tenant), workflows.join("\n"))
    })
}

fn runs(workflow: &TenantWorkflow) -> String {
    let version =
        workflow.version.map_or_else(|| "latest".to_owned(), |version| format!("version {version}"));
    format!("{} runs {}, {version}", workflow.slug, workflow.definition_id)
}

fn pairs(tenant: &Tenant) -> String {
    table::pairs(&[
        ("id", tenant.id.to_string()),
        ("name", tenant.name.clone()),
        ("slug", tenant.slug.clone()),
        ("state", if tenant.is_active { "active" } else { "suspended" }.to_owned()),
        ("rate limit", tenant::limit_of(tenant)),
        ("settings", tenant.settings.to_string()),
        ("passed over", Allowance::of(tenant).ignored.join(", ")),
    ])
}

/// Changes a tenant.
pub(super) async fn update(
    database: &Database,
    slug: &str,
    arguments: ChangeArguments,
    format: Format,
) -> Outcome {
    let tenant = database.services.update_tenant(&database.caller, slug, arguments.changes()).await?;
    format.print(&tenant, || pairs(&tenant))
}

/// Replaces a tenant's key.
pub(super) async fn rotate(
    database: &Database,
    slug: &str,
    arguments: &RotationArguments,
    format: Format,
) -> Outcome {
    let Database { services, caller, .. } = database;
    let rotation = Rotation { grace_seconds: arguments.grace };
    let new = services.rotate_tenants_key(caller, slug, arguments.key.as_deref(), rotation).await?;
    key::created(&new, format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_json() {
        assert_eq!(setting("retention_days=30"), Ok(("retention_days".to_owned(), json!(30))));
        assert_eq!(setting("cors_origins=[\"a=b\"]").unwrap().1, json!(["a=b"]));
        for wrong in ["retention_days", "retention_days=", "retention_days=soon"] {
            assert!(setting(wrong).is_err(), "{wrong}");
        }
    }
}
