//! Whose key it is.

use std::collections::BTreeSet;

use magone_core::grant::Scope;
use magone_core::ids::{KeyId, TenantId};
use magone_core::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::TenantCaller;

/// Who calls: a tenant, and the key that it calls with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Identity {
    /// The key of this request.
    pub key: OwnKey,
    /// The tenant that it belongs to.
    pub tenant: OwnTenant,
}

/// The key of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OwnKey {
    /// When it ends by itself; null: never.
    pub expires_at: Option<Timestamp>,
    /// Its id; null for a key that a script put into the database and that could not be copied yet.
    pub id: Option<KeyId>,
    /// Starts of executions in a minute; null: only the tenant's own limit.
    pub rate_limit_per_minute: Option<u32>,
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
    /// Whether its executions are scripted and cost nothing.
    pub test: bool,
    /// Slugs of the workflows that it is for; null: all.
    pub workflows: Option<BTreeSet<String>>,
}

/// The tenant of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OwnTenant {
    /// Its id.
    pub id: TenantId,
    /// What people call it.
    pub name: String,
    /// Unique short name; every key of the tenant begins with it.
    pub slug: String,
}

impl TenantCaller {
    /// Whose key it is.
    #[must_use]
    pub fn identity(&self) -> Identity {
        let (tenant, key) = (&self.tenant, &self.key);
        Identity {
            key: OwnKey {
                expires_at: key.expires_at,
                id: key.id.clone(),
                rate_limit_per_minute: key.rate_limit_per_minute,
                scopes: key.grant.scopes.clone(),
                test: key.test,
                workflows: key.grant.workflows.clone(),
            },
            tenant: OwnTenant { id: tenant.id.clone(), name: tenant.name.clone(), slug: tenant.slug.clone() },
        }
    }
}
