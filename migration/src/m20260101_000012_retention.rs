//! Tenants that are being erased: who asked for it, and what was removed so far. The row goes in the
//! transaction that removes the tenant itself, so that an erasure goes on after a crash.

use sea_orm_migration::prelude::*;

use crate::column::{millis, short, text};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table
            .table("tenant_erasures")
            .col(short("tenant_id", 100).primary_key().not_null())
            .col(millis("asked_at").not_null())
            .col(short("asked_by", 255).not_null())
            // JSON: rows by table.
            .col(text("removed").not_null());
        manager.create_table(table).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
