//! Tenants.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::TenantId;

/// A tenant as the rest of the system needs it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "rules", derive(schemars::JsonSchema))]
pub struct Tenant {
    /// Identity.
    pub id: TenantId,
    /// What people call it.
    pub name: String,
    /// Unique short name; every key of the tenant begins with it.
    pub slug: String,
    /// Whether it may use the API.
    pub is_active: bool,
    /// Starts of runs per minute; null: no limit.
    pub rate_limit_per_minute: Option<u32>,
    /// Settings by name, those that nobody knows included; what is not set has its default.
    pub settings: Value,
}

impl Tenant {
    /// Origins of web pages that may call with this tenant's keys.
    pub fn cors_origins(&self) -> impl Iterator<Item = &str> {
        let origins = self.settings.get("cors_origins").and_then(Value::as_array);
        origins.into_iter().flatten().filter_map(Value::as_str)
    }
}
