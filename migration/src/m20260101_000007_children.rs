//! Runs that a step of another run started.

use sea_orm_migration::prelude::*;

use crate::column::short;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let parent = short("parent_execution_id", 100);
        manager.alter_table(Table::alter().table("workflow_executions").add_column(parent).take()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
