//! Tenants, their workflows and their keys. The first two tables keep the names, columns, types
//! and defaults of the first schema, so that its scripts go on working; what stands below
//! `updated_at` was added, and `api_key_prefix` is wider, since those scripts overflow it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::column::{belongs_to, flag, id, index, json, millis, points_at, short, text, time, time_now};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        manager.create_table(tenants(backend)).await?;
        manager.create_table(tenant_workflows(backend)).await?;
        manager.create_table(api_keys()).await?;
        for index in [
            index("idx_tenants_api_key", "tenants", &["api_key_hash"]),
            index("idx_tenant_workflows_tenant", "tenant_workflows", &["tenant_id"]),
            index("idx_tenant_workflows_slug", "tenant_workflows", &["tenant_id", "slug"]),
            index("idx_api_keys_tenant", "api_keys", &["tenant_id", "id"]),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn tenants(backend: DbBackend) -> TableCreateStatement {
    Table::create()
        .table("tenants")
        .col(id("id"))
        .col(short("name", 255).not_null())
        .col(short("slug", 100).unique_key().not_null())
        .col(short("api_key_hash", 255).not_null())
        .col(short("api_key_prefix", 255).not_null())
        .col(json("settings").default("{}"))
        .col(ColumnDef::new("rate_limit_per_minute").integer().default(60))
        .col(flag("is_active", true))
        .col(time_now("created_at", backend))
        .col(time_now("updated_at", backend))
        .col(time("deleted_at"))
        .take()
}

fn tenant_workflows(backend: DbBackend) -> TableCreateStatement {
    let mut one_slug_each = index("uq_tenant_workflows_slug", "tenant_workflows", &["tenant_id", "slug"]);
    Table::create()
        .table("tenant_workflows")
        .col(id("id"))
        .col(short("tenant_id", 100))
        .col(short("workflow_definition_id", 100))
        .col(short("slug", 100).not_null())
        .col(short("name", 255))
        .col(text("description"))
        .col(flag("is_active", true))
        .col(json("config_overrides").default("{}"))
        .col(time_now("created_at", backend))
        .col(time_now("updated_at", backend))
        // NULL: always the latest.
        .col(ColumnDef::new("definition_version").integer())
        .index(one_slug_each.unique())
        .foreign_key(&mut belongs_to("tenant_workflows", "tenant_id", "tenants"))
        .foreign_key(&mut points_at("tenant_workflows", "workflow_definition_id", "workflow_definitions"))
        .take()
}

fn api_keys() -> TableCreateStatement {
    Table::create()
        .table("api_keys")
        .col(id("id"))
        .col(short("tenant_id", 100).not_null())
        .col(short("name", 255).not_null())
        .col(short("key_hash", 255).unique_key().not_null())
        .col(short("key_prefix", 255).not_null())
        .col(text("scopes").not_null())
        .col(flag("is_test", false).not_null())
        .col(millis("created_at").not_null())
        .col(millis("expires_at"))
        .col(millis("last_used_at"))
        .col(millis("revoked_at"))
        .foreign_key(&mut belongs_to("api_keys", "tenant_id", "tenants"))
        .take()
}
