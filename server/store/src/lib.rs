//! The database: SQLite embedded, PostgreSQL where there are replicas.
//!
//! [`Store`] is the only way in. Reads go to a pool, writes through one writer that commits many
//! of them with one flush. A tenant's rows are reached through [`TenantScope`] alone. Only this
//! crate knows sea-orm; what leaves it are plain structs and core's types.

mod admin_tokens;
mod admins;
mod audit;
mod claims;
mod clock;
mod configuration;
mod connect;
mod dialect;
mod entity;
mod erasure;
mod error;
mod execution;
#[cfg(test)]
mod fixture;
mod log;
mod program;
mod reader;
mod row;
mod run_store;
mod schema;
mod scope;
mod sessions;
mod silence;
mod store;
mod url;
mod usage;
mod webhooks;
mod writer;

pub use admin_tokens::{AdminTokenRow, NewAdminToken};
pub use admins::{AdminRow, Admins, NewAdmin};
pub use audit::{Audit, AuditEntry};
pub use claims::ClaimedKey;
pub use configuration::{
    AssignWorkflow, Configuration, HOUSE, KeyRecord, KeyRow, ModelPrice, NewKey, NewTenant, Overridden,
    Summary, TenantPatch, TenantWorkflow, VersionSummary, Versioned,
};
pub use connect::Patience;
pub use erasure::{Erasure, Erasures, Retained, Retention, Step};
pub use error::OpenError;
pub use execution::{AdminFilter, ExecutionFilter, ExecutionRow, Page};
pub use magone_core::ports::StoreError;
pub use schema::SchemaState;
pub use scope::{AdminScope, TenantScope};
pub use sessions::{NewSession, Session};
pub use store::{Store, StoreOptions};
pub use url::DatabaseUrl;
pub use usage::{DayUsage, UnfinishedRun};
pub use webhooks::{
    AttemptRow, Candidate, Claimed, DeliveryFilter, DeliveryRow, DeliveryStatus, EndpointPatch, EndpointRow,
    Lane, NewDelivery, NewEndpoint, Outbox, SecretRow, Secrets, Settlement,
};
