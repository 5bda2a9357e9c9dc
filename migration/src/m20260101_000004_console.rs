//! Who may use the console, and what was done with it.

use sea_orm_migration::prelude::*;

use crate::column::{belongs_to, flag, id, index, millis, short, text};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [admins(), admin_sessions(), setup_tokens(), audit_log()] {
            manager.create_table(table).await?;
        }
        for index in [
            index("idx_admin_sessions_admin", "admin_sessions", &["admin_id"]),
            index("idx_audit_log_object", "audit_log", &["object_type", "object_id", "id"]),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn admins() -> TableCreateStatement {
    Table::create()
        .table("admins")
        .col(id("id"))
        .col(short("email", 320).unique_key().not_null())
        .col(short("name", 255).not_null())
        .col(short("role", 50).not_null())
        .col(text("password_hash").not_null())
        .col(flag("is_active", true).not_null())
        .col(millis("created_at").not_null())
        .take()
}

fn admin_sessions() -> TableCreateStatement {
    Table::create()
        .table("admin_sessions")
        .col(id("id"))
        .col(short("admin_id", 100).not_null())
        .col(short("token_hash", 255).unique_key().not_null())
        .col(millis("created_at").not_null())
        .col(millis("expires_at").not_null())
        .foreign_key(&mut belongs_to("admin_sessions", "admin_id", "admins"))
        .take()
}

fn setup_tokens() -> TableCreateStatement {
    Table::create()
        .table("setup_tokens")
        .col(short("token_hash", 255).primary_key().not_null())
        .col(millis("expires_at").not_null())
        .col(millis("used_at"))
        .take()
}

fn audit_log() -> TableCreateStatement {
    Table::create()
        .table("audit_log")
        .col(id("id"))
        .col(millis("at").not_null())
        .col(short("actor", 255).not_null())
        .col(short("action", 100).not_null())
        .col(short("object_type", 100).not_null())
        .col(short("object_id", 255).not_null())
        .col(text("before"))
        .col(text("after"))
        .col(text("reason"))
        .take()
}
