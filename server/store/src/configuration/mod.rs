//! What the operator sets up: tenants and their keys, definitions and agents with their versions,
//! and which tenant may run what. Every write moves [`crate::Store::revision`] in its own
//! transaction, by triggers of the database.

mod adoption;
mod assignments;
mod deletion;
mod documents;
mod door;
mod history;
mod house;
mod keys;
mod prices;
mod saving;
mod tenant_changes;
mod tenants;
pub(crate) mod versions;

pub use assignments::{AssignWorkflow, Overridden, TenantWorkflow};
pub use door::Configuration;
pub use history::VersionSummary;
pub use house::HOUSE;
pub use keys::{KeyRecord, KeyRow, NewKey};
pub use prices::ModelPrice;
pub use tenant_changes::TenantPatch;
pub use tenants::NewTenant;
pub use versions::{Summary, Versioned};

#[cfg(test)]
#[path = "configuration_test.rs"]
mod tests;

#[cfg(test)]
#[path = "deletion_test.rs"]
mod deletion_tests;
