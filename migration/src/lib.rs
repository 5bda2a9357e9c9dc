//! The history of the database schema, for SQLite and PostgreSQL. Each step is frozen once it was
//! released: it imports no entity, so that a later change of the code cannot change the past.

mod column;
mod m20260101_000001_workflows;
mod m20260101_000002_tenants;
mod m20260101_000003_executions;
mod m20260101_000004_console;
mod m20260101_000005_revision;
mod m20260101_000006_admin_tokens;
mod m20260101_000007_children;
mod m20260101_000008_usage;
mod m20260101_000009_webhooks;
mod m20260101_000010_idempotency;
mod m20260101_000011_keys;
mod m20260101_000012_retention;
mod migrator;
mod trigger;

pub use migrator::Migrator;
pub use sea_orm_migration::{DbErr, MigratorTrait};
