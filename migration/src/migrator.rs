//! The steps in their order.

use sea_orm_migration::{MigrationTrait, MigratorTrait};

use crate::{
    m20260101_000001_workflows, m20260101_000002_tenants, m20260101_000003_executions,
    m20260101_000004_console, m20260101_000005_revision, m20260101_000006_admin_tokens,
    m20260101_000007_children, m20260101_000008_usage, m20260101_000009_webhooks,
    m20260101_000010_idempotency, m20260101_000011_keys, m20260101_000012_retention,
};

/// All steps, oldest first.
#[derive(Debug)]
pub struct Migrator;

impl Migrator {
    /// Names of all steps, oldest first, as they are kept in `seaql_migrations`.
    #[must_use]
    pub fn names() -> Vec<String> {
        Self::migrations().iter().map(|step| step.name().to_owned()).collect()
    }
}

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20260101_000001_workflows::Migration),
            Box::new(m20260101_000002_tenants::Migration),
            Box::new(m20260101_000003_executions::Migration),
            Box::new(m20260101_000004_console::Migration),
            Box::new(m20260101_000005_revision::Migration),
            Box::new(m20260101_000006_admin_tokens::Migration),
            Box::new(m20260101_000007_children::Migration),
            Box::new(m20260101_000008_usage::Migration),
            Box::new(m20260101_000009_webhooks::Migration),
            Box::new(m20260101_000010_idempotency::Migration),
            Box::new(m20260101_000011_keys::Migration),
            Box::new(m20260101_000012_retention::Migration),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_sorted_because_they_are_applied_in_that_order() {
        let names = Migrator::names();
        let mut sorted = names.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(names, sorted);
    }
}
