//! Tenants.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::TenantId;

/// A tenant as the rest of the system needs it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tenant {
    /// Identity.
    pub id: TenantId,
    /// What people call it.
    pub name: String,
    /// Unique short name; every key of the tenant begins with it.
    pub slug: String,
    /// Whether it may use the API.
    pub is_active: bool,
    /// Starts of runs per minute; `None`: no limit.
    pub rate_limit_per_minute: Option<u32>,
    /// Free settings.
    pub settings: Value,
}
