//! A counter that every change of the configuration moves, in its own transaction. A server asks
//! for it once in a while and so notices what the command line, another replica or a script did.
//! Triggers move it, because a script that inserts rows by hand knows nothing of it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::trigger::watch;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// The tables that make up the configuration, and the columns whose change matters; `None`: all.
/// When a key was last used is no change of the configuration.
const WATCHED: [(&str, Option<&str>); 6] = [
    ("tenants", None),
    ("tenant_workflows", None),
    ("api_keys", Some("tenant_id, name, key_hash, scopes, is_test, expires_at, revoked_at")),
    ("workflow_definitions", None),
    ("agents", None),
    ("admins", None),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(config_revision()).await?;
        let connection = manager.get_connection();
        connection.execute_unprepared("INSERT INTO config_revision (id, revision) VALUES (1, 0)").await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            connection.execute_unprepared(POSTGRES_FUNCTION).await?;
        }
        for (table, columns) in WATCHED {
            watch(manager, table, columns).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn config_revision() -> TableCreateStatement {
    Table::create()
        .table("config_revision")
        .col(ColumnDef::new("id").integer().primary_key().not_null())
        .col(ColumnDef::new("revision").big_integer().not_null())
        .check(Expr::col("id").eq(Expr::Constant(1.into())))
        .take()
}

const POSTGRES_FUNCTION: &str = "CREATE FUNCTION magone_configuration_changed() RETURNS trigger LANGUAGE plpgsql AS \
    $$ BEGIN UPDATE config_revision SET revision = revision + 1; RETURN NULL; END $$";
