//! Tokens that open the internal API, each for what its scopes name; and documents that are taken
//! out of the lists while their versions stay, because runs are pinned to them.

use sea_orm_migration::prelude::*;

use crate::column::{id, millis, short, text};
use crate::trigger::watch;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(admin_tokens()).await?;
        watch(manager, "admin_tokens", None).await?;
        for table in ["workflow_definitions", "agents"] {
            let deleted = Table::alter().table(table).add_column(millis("deleted_at")).take();
            manager.alter_table(deleted).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn admin_tokens() -> TableCreateStatement {
    Table::create()
        .table("admin_tokens")
        .col(id("id"))
        .col(short("name", 255).not_null())
        .col(short("token_hash", 255).unique_key().not_null())
        .col(short("token_prefix", 255).not_null())
        .col(text("scopes").not_null())
        .col(short("created_by", 255).not_null())
        .col(millis("created_at").not_null())
        .col(millis("expires_at"))
        .col(millis("revoked_at"))
        .take()
}
