//! Keys that are for some of a tenant's workflows, and keys with a limit of their own.

use sea_orm_migration::prelude::*;

use crate::column::text;
use crate::trigger::{unwatch, watch};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// The columns of `api_keys` whose change matters: all but when a key was last used.
const MATTERS: &str = "tenant_id, name, key_hash, scopes, is_test, expires_at, revoked_at, workflows, \
                       rate_limit_per_minute";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // NULL: all of the tenant's workflows, else a list of their short names.
        for mut column in [text("workflows"), ColumnDef::new("rate_limit_per_minute").integer().take()] {
            manager.alter_table(Table::alter().table("api_keys").add_column(&mut column).take()).await?;
        }
        unwatch(manager, "api_keys").await?;
        watch(manager, "api_keys", Some(MATTERS)).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
