//! `magone tenant erase`.

use magone_service::Erased;
use magone_store::Erasure;
use serde_json::json;

use super::database::Database;
use super::failure::Outcome;
use super::terminal::{Format, say};

/// Erases a tenant, here and now where nothing stands in the way; else a server goes on with it.
pub(super) async fn erase(database: &Database, name: &str, format: Format) -> Outcome {
    let Database { services, caller, .. } = database;
    let slug = services.erasable(caller, name).await?;
    let tenant = services.erase_tenant(caller, name, json!({"confirm": slug})).await?;
    let erasure = Erasure { tenant: tenant.id.clone(), asked_by: caller.actor().to_owned() };
    let (state, removed) = match services.erase(&erasure).await? {
        Erased::Gone(removed) => ("erased", removed),
        Erased::Waits | Erased::Settles => ("erasing", std::collections::BTreeMap::new()),
    };
    format.print(&json!({"tenant_id": tenant.id, "state": state, "removed": removed}), || {
        let rows: u64 = removed.values().sum();
        match state {
            "erased" => format!("tenant {slug} is erased: {rows} rows"),
            _ => format!("tenant {slug} is being erased"),
        }
    })?;
    if state == "erasing" {
        say(
            "The server that has its runs cancels them and removes the rest; without one, the next start does.",
        );
    }
    Ok(())
}
