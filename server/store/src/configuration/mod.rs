//! What the operator sets up: tenants and their keys, definitions and agents with their versions,
//! and which tenant may run what. Every write moves [`crate::Store::revision`] in its own
//! transaction, by triggers of the database.

mod adoption;
mod agents;
mod assignments;
mod definitions;
mod door;
mod keys;
mod tenants;
pub(crate) mod versions;

pub use assignments::{AssignWorkflow, TenantWorkflow};
pub use door::Configuration;
pub use keys::{KeyRecord, KeyRow, NewKey};
pub use tenants::NewTenant;
pub use versions::Summary;

#[cfg(test)]
#[path = "configuration_test.rs"]
mod tests;
