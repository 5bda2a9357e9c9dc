//! Runs, their log, and the webhooks to be delivered. `workflow_executions` keeps the first
//! schema's columns; what stands below `created_at` was added.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::column::{belongs_to, flag, id, index, json, millis, points_at, short, text, time, time_now};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(workflow_executions(manager.get_database_backend())).await?;
        manager.create_table(execution_events()).await?;
        manager.create_table(webhook_deliveries()).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn workflow_executions(backend: DbBackend) -> TableCreateStatement {
    Table::create()
        .table("workflow_executions")
        .col(id("id"))
        .col(short("tenant_id", 100))
        .col(short("tenant_workflow_id", 100))
        .col(short("temporal_workflow_id", 255))
        .col(short("status", 50).default("pending"))
        .col(json("input"))
        .col(json("result"))
        .col(text("error"))
        .col(text("webhook_url"))
        .col(flag("webhook_sent", false))
        .col(time("started_at"))
        .col(time("completed_at"))
        .col(time_now("created_at", backend))
        .col(short("workflow_slug", 100))
        .col(short("state", 50))
        .col(short("code", 100))
        .col(ColumnDef::new("retryable").boolean())
        .col(json("metadata"))
        .col(json("progress"))
        .col(text("session_id"))
        .col(json("pins"))
        .col(ColumnDef::new("interpreter_version").integer())
        .col(ColumnDef::new("workflow_version").integer())
        .foreign_key(&mut points_at("workflow_executions", "tenant_id", "tenants"))
        .foreign_key(&mut points_at("workflow_executions", "tenant_workflow_id", "tenant_workflows"))
        .take()
}

/// One row for each commit, not for each event: a commit is what is written, read and paid for.
fn execution_events() -> TableCreateStatement {
    Table::create()
        .table("execution_events")
        .col(short("execution_id", 100).not_null())
        .col(ColumnDef::new("first_seq").big_integer().not_null())
        .col(ColumnDef::new("last_seq").big_integer().not_null())
        .col(text("events").not_null())
        .primary_key(Index::create().col("execution_id").col("first_seq"))
        .foreign_key(&mut belongs_to("execution_events", "execution_id", "workflow_executions"))
        .take()
}

fn webhook_deliveries() -> TableCreateStatement {
    Table::create()
        .table("webhook_deliveries")
        .col(id("id"))
        .col(short("tenant_id", 100).not_null())
        .col(short("execution_id", 100).not_null())
        .col(text("url").not_null())
        .col(text("payload").not_null())
        .col(short("status", 50).default("pending").not_null())
        .col(ColumnDef::new("attempts").integer().default(0).not_null())
        .col(millis("due_at").not_null())
        .col(millis("created_at").not_null())
        .foreign_key(&mut belongs_to("webhook_deliveries", "tenant_id", "tenants"))
        .foreign_key(&mut belongs_to("webhook_deliveries", "execution_id", "workflow_executions"))
        .take()
}

/// The two names of the first schema carry the id as well: lists page by it, and an index more
/// would cost every run.
fn indexes() -> [IndexCreateStatement; 6] {
    [
        index("idx_executions_tenant", "workflow_executions", &["tenant_id", "id"]),
        index("idx_executions_status", "workflow_executions", &["status", "id"]),
        index("idx_executions_unfinished", "workflow_executions", &["id"])
            .and_where(Expr::col("completed_at").is_null())
            .take(),
        index("idx_executions_session", "workflow_executions", &["tenant_id", "session_id", "id"])
            .and_where(Expr::col("session_id").is_not_null())
            .take(),
        index("idx_deliveries_execution", "webhook_deliveries", &["execution_id"]),
        index("idx_deliveries_due", "webhook_deliveries", &["due_at", "id"])
            .and_where(Expr::col("status").eq(constant("pending")))
            .take(),
    ]
}

/// A literal: an index cannot be built over parameters.
fn constant(text: &'static str) -> Expr {
    Expr::Constant(text.into())
}
