//! The first schema's three tables and five indexes, as PostgreSQL's own catalog has them.

use crate::harness::{Data, Postgres, magone};

/// Columns as the first schema has them: name, type, default. Ours come after them.
const TENANTS: [&str; 10] = [
    "id character varying(100) NOT NULL",
    "name character varying(255) NOT NULL",
    "slug character varying(100) NOT NULL",
    "api_key_hash character varying(255) NOT NULL",
    // Wider than it was: the first schema's own script overflows 50.
    "api_key_prefix character varying(255) NOT NULL",
    "settings jsonb '{}'::jsonb",
    "rate_limit_per_minute integer 60",
    "is_active boolean true",
    "created_at timestamp with time zone CURRENT_TIMESTAMP",
    "updated_at timestamp with time zone CURRENT_TIMESTAMP",
];

const TENANT_WORKFLOWS: [&str; 10] = [
    "id character varying(100) NOT NULL",
    "tenant_id character varying(100)",
    "workflow_definition_id character varying(100)",
    "slug character varying(100) NOT NULL",
    "name character varying(255)",
    "description text",
    "is_active boolean true",
    "config_overrides jsonb '{}'::jsonb",
    "created_at timestamp with time zone CURRENT_TIMESTAMP",
    "updated_at timestamp with time zone CURRENT_TIMESTAMP",
];

const WORKFLOW_EXECUTIONS: [&str; 13] = [
    "id character varying(100) NOT NULL",
    "tenant_id character varying(100)",
    "tenant_workflow_id character varying(100)",
    "temporal_workflow_id character varying(255)",
    "status character varying(50) 'pending'::character varying",
    "input jsonb",
    "result jsonb",
    "error text",
    "webhook_url text",
    "webhook_sent boolean false",
    "started_at timestamp with time zone",
    "completed_at timestamp with time zone",
    "created_at timestamp with time zone CURRENT_TIMESTAMP",
];

fn migrated() -> Data {
    let data = Data::on(&Postgres::shared());
    magone(&data, &["migrate"]).succeeded();
    data
}

/// A table's columns in their order.
fn columns(data: &Data, table: &str) -> Vec<String> {
    data.texts(&format!(
        "SELECT concat_ws(' ', attname, format_type(atttypid, atttypmod), \
           CASE WHEN attnotnull THEN 'NOT NULL' END, pg_get_expr(adbin, adrelid)) \
         FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum \
         WHERE attrelid = '{table}'::regclass AND attnum > 0 ORDER BY attnum"
    ))
}

#[test]
fn the_first_schemas_columns_are_as_they_were() {
    let data = migrated();
    for (table, expected) in [
        ("tenants", &TENANTS[..]),
        ("tenant_workflows", &TENANT_WORKFLOWS),
        ("workflow_executions", &WORKFLOW_EXECUTIONS),
    ] {
        assert_eq!(&columns(&data, table)[..expected.len()], expected, "{table}");
    }
    let keys = data.texts(
        "SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint \
         WHERE conrelid IN ('tenants'::regclass, 'tenant_workflows'::regclass) ORDER BY 1",
    );
    assert_eq!(
        keys,
        [
            "tenant_workflows FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE",
            "tenant_workflows FOREIGN KEY (workflow_definition_id) REFERENCES workflow_definitions(id)",
            "tenant_workflows PRIMARY KEY (id)",
            "tenant_workflows UNIQUE (tenant_id, slug)",
            "tenants PRIMARY KEY (id)",
            "tenants UNIQUE (slug)",
        ]
    );
}

#[test]
fn the_first_schemas_five_indexes_are_there() {
    let data = migrated();
    // Two of them carry the id as well, since lists page by it.
    for (name, on) in [
        ("idx_tenant_workflows_tenant", "tenant_workflows USING btree (tenant_id)"),
        ("idx_tenant_workflows_slug", "tenant_workflows USING btree (tenant_id, slug)"),
        ("idx_executions_tenant", "workflow_executions USING btree (tenant_id, id)"),
        ("idx_executions_status", "workflow_executions USING btree (status, id)"),
        ("idx_tenants_api_key", "tenants USING btree (api_key_hash)"),
    ] {
        let found = data.texts(&format!("SELECT indexdef FROM pg_indexes WHERE indexname = '{name}'"));
        assert_eq!(found, [format!("CREATE INDEX {name} ON public.{on}")]);
    }
}
