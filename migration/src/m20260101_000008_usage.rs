//! What tenants use in a day, and what models cost.

use sea_orm_migration::prelude::*;

use crate::column::{belongs_to, id, short};
use crate::trigger::watch;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(usage_daily()).await?;
        manager.create_table(model_prices()).await?;
        watch(manager, "model_prices", None).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn count(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().default(0).not_null().take()
}

/// One row for each tenant and day (`2026-01-31`, in UTC). Money in millionths of a US dollar.
fn usage_daily() -> TableCreateStatement {
    Table::create()
        .table("usage_daily")
        .col(short("tenant_id", 100).not_null())
        .col(short("day", 10).not_null())
        .col(count("runs"))
        .col(count("input_tokens"))
        .col(count("output_tokens"))
        .col(count("cost_micros"))
        .primary_key(Index::create().col("tenant_id").col("day"))
        .foreign_key(&mut belongs_to("usage_daily", "tenant_id", "tenants"))
        .take()
}

/// What a million tokens of a model (`provider/name`) cost, in millionths of a US dollar.
fn model_prices() -> TableCreateStatement {
    Table::create()
        .table("model_prices")
        .col(id("model"))
        .col(count("input_micros"))
        .col(count("output_micros"))
        .take()
}
