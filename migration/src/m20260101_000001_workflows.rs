//! Workflow definitions and agents, each with its immutable versions.

use sea_orm_migration::prelude::*;

use crate::column::{belongs_to, id, millis, short, text};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, versions, parent, body) in [
            ("workflow_definitions", "workflow_definition_versions", "definition_id", "definition"),
            ("agents", "agent_versions", "agent_id", "agent"),
        ] {
            manager.create_table(heads(table)).await?;
            manager.create_table(bodies(versions, table, parent, body)).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// One row for each thing, pointing at its latest version.
fn heads(table: &'static str) -> TableCreateStatement {
    Table::create()
        .table(table)
        .col(id("id"))
        .col(short("name", 255))
        .col(text("description"))
        .col(ColumnDef::new("latest_version").integer().not_null())
        .col(millis("created_at").not_null())
        .col(millis("updated_at").not_null())
        .take()
}

/// One row for each version.
fn bodies(
    table: &'static str,
    heads: &'static str,
    parent: &'static str,
    body: &'static str,
) -> TableCreateStatement {
    Table::create()
        .table(table)
        .col(short(parent, 100).not_null())
        .col(ColumnDef::new("version").integer().not_null())
        .col(text(body).not_null())
        .col(millis("created_at").not_null())
        .primary_key(Index::create().col(parent).col("version"))
        .foreign_key(&mut belongs_to(table, parent, heads))
        .take()
}
