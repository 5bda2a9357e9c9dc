//! Webhooks as a product: endpoints that tenants register, every attempt at a delivery, and secrets
//! that are sealed. A delivery need not belong to a run any more, since endpoints can be tried.

use sea_orm_migration::prelude::*;

use crate::column::{belongs_to, flag, id, index, millis, short, text};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(endpoints()).await?;
        manager
            .create_index(index("idx_endpoints_tenant", "webhook_endpoints", &["tenant_id", "id"]))
            .await?;
        manager.create_table(secrets()).await?;
        rebuild_deliveries(manager).await?;
        manager.create_table(attempts()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn endpoints() -> TableCreateStatement {
    Table::create()
        .table("webhook_endpoints")
        .col(id("id"))
        .col(short("tenant_id", 100).not_null())
        .col(text("url").not_null())
        .col(text("description"))
        // JSON; NULL: all events.
        .col(text("events"))
        .col(flag("is_active", true).not_null())
        .col(short("disabled_reason", 50))
        .col(millis("disabled_at"))
        .col(millis("failing_since"))
        .col(millis("succeeded_at"))
        .col(millis("created_at").not_null())
        .col(millis("updated_at").not_null())
        .foreign_key(&mut belongs_to("webhook_endpoints", "tenant_id", "tenants"))
        .take()
}

fn secrets() -> TableCreateStatement {
    Table::create()
        .table("secrets")
        .col(short("id", 255).primary_key().not_null())
        .col(short("tenant_id", 100))
        .col(text("sealed").not_null())
        .col(text("previous"))
        .col(millis("previous_until"))
        .col(millis("created_at").not_null())
        .col(millis("updated_at").not_null())
        .foreign_key(&mut belongs_to("secrets", "tenant_id", "tenants"))
        .take()
}

fn attempts() -> TableCreateStatement {
    Table::create()
        .table("webhook_attempts")
        .col(short("delivery_id", 100).not_null())
        .col(ColumnDef::new("number").integer().not_null())
        .col(millis("at").not_null())
        .col(millis("duration_ms").not_null())
        .col(ColumnDef::new("status").integer())
        .col(text("response"))
        .col(text("error"))
        .primary_key(Index::create().col("delivery_id").col("number"))
        .foreign_key(&mut belongs_to("webhook_attempts", "delivery_id", "webhook_deliveries"))
        .take()
}

fn deliveries(table: &'static str) -> TableCreateStatement {
    Table::create()
        .table(table)
        .col(id("id"))
        .col(short("tenant_id", 100).not_null())
        .col(short("execution_id", 100))
        .col(short("endpoint_id", 100))
        // What shares its places in flight: an endpoint, or a tenant's deliveries to one host.
        .col(text("target").not_null())
        .col(short("event", 50).not_null())
        .col(text("url").not_null())
        .col(text("payload").not_null())
        .col(short("status", 50).default("pending").not_null())
        .col(ColumnDef::new("attempts").integer().default(0).not_null())
        // Attempts of this round: a redelivery begins another one.
        .col(ColumnDef::new("tries").integer().default(0).not_null())
        .col(millis("due_at").not_null())
        .col(millis("leased_until"))
        .col(millis("created_at").not_null())
        .col(millis("ended_at"))
        .foreign_key(&mut belongs_to(table, "tenant_id", "tenants"))
        .foreign_key(&mut belongs_to(table, "execution_id", "workflow_executions"))
        .take()
}

/// SQLite cannot make a column nullable: the table is made anew, with what was in it.
async fn rebuild_deliveries(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager.create_table(deliveries("webhook_deliveries_new")).await?;
    let connection = manager.get_connection();
    connection
        .execute_unprepared(
            "INSERT INTO webhook_deliveries_new \
               (id, tenant_id, execution_id, target, event, url, payload, status, attempts, due_at, created_at) \
             SELECT d.id, d.tenant_id, d.execution_id, d.tenant_id || ' ' || d.url, \
               CASE e.state WHEN 'completed' THEN 'execution.completed' \
                 WHEN 'cancelled' THEN 'execution.cancelled' ELSE 'execution.failed' END, \
               d.url, d.payload, d.status, d.attempts, d.due_at, d.created_at \
             FROM webhook_deliveries d JOIN workflow_executions e ON e.id = d.execution_id",
        )
        .await?;
    manager.drop_table(Table::drop().table("webhook_deliveries").take()).await?;
    let renamed = Table::rename().table("webhook_deliveries_new", "webhook_deliveries").take();
    manager.rename_table(renamed).await?;
    for index in [
        index("idx_deliveries_execution", "webhook_deliveries", &["execution_id"]),
        index("idx_deliveries_tenant", "webhook_deliveries", &["tenant_id", "id"]),
        index("idx_deliveries_due", "webhook_deliveries", &["due_at", "id"])
            .and_where(Expr::col("status").eq(Expr::Constant("pending".into())))
            .take(),
    ] {
        manager.create_index(index).await?;
    }
    Ok(())
}
