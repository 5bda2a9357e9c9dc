//! Idempotency keys: which run a tenant's key stands for. The run's own row may come later, or be gone
//! earlier, so nothing points at it.

use sea_orm_migration::prelude::*;

use crate::column::{belongs_to, index, millis, short};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(idempotency_keys()).await?;
        // For the job that takes old keys away.
        manager
            .create_index(index("idx_idempotency_age", "idempotency_keys", &["created_at", "execution_id"]))
            .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn idempotency_keys() -> TableCreateStatement {
    Table::create()
        .table("idempotency_keys")
        .col(short("tenant_id", 100).not_null())
        .col(short("key", 255).not_null())
        .col(short("fingerprint", 64).not_null())
        .col(short("execution_id", 100).not_null())
        .col(millis("created_at").not_null())
        .primary_key(Index::create().col("tenant_id").col("key"))
        .foreign_key(&mut belongs_to("idempotency_keys", "tenant_id", "tenants"))
        .take()
}
