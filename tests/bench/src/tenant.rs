//! Tenants that are made by the thousand, without a database.

use magone_core::ids::TenantId;
use magone_core::tenant::Tenant;
use serde_json::json;

/// The tenant of that number, which may start so many runs in a minute.
pub(crate) fn tenant(number: u32, per_minute: u32) -> Tenant {
    Tenant {
        id: TenantId::from_text(format!("ten_{number:026}")),
        name: "Bench".to_owned(),
        slug: format!("bench-{number}"),
        is_active: true,
        rate_limit_per_minute: Some(per_minute),
        settings: json!({}),
    }
}
