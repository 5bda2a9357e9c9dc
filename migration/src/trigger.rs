//! The triggers that move the configuration's revision. As frozen as the steps that use them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// Lets changes of `table` move the revision. `columns`: those whose change matters; `None`: all.
pub async fn watch(manager: &SchemaManager<'_>, table: &str, columns: Option<&str>) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    match manager.get_database_backend() {
        DbBackend::Sqlite => {
            for trigger in sqlite_triggers(table, columns) {
                connection.execute_unprepared(&trigger).await?;
            }
        }
        _ => {
            connection.execute_unprepared(&postgres_trigger(table, columns)).await?;
        }
    }
    Ok(())
}

/// Lets changes of `table` pass unnoticed again: before its triggers are made anew.
pub async fn unwatch(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    match manager.get_database_backend() {
        DbBackend::Sqlite => {
            for name in ["insert", "update", "delete"] {
                let drop = format!("DROP TRIGGER trg_{table}_revision_{name}");
                connection.execute_unprepared(&drop).await?;
            }
        }
        _ => {
            let drop = format!("DROP TRIGGER trg_{table}_revision ON {table}");
            connection.execute_unprepared(&drop).await?;
        }
    }
    Ok(())
}

fn sqlite_triggers(table: &str, columns: Option<&str>) -> [String; 3] {
    let update = columns.map_or_else(|| "UPDATE".to_owned(), |columns| format!("UPDATE OF {columns}"));
    [("insert", "INSERT".to_owned()), ("update", update), ("delete", "DELETE".to_owned())].map(
        |(name, event)| {
            format!(
                "CREATE TRIGGER trg_{table}_revision_{name} AFTER {event} ON {table} \
             BEGIN UPDATE config_revision SET revision = revision + 1; END"
            )
        },
    )
}

fn postgres_trigger(table: &str, columns: Option<&str>) -> String {
    let update = columns.map_or_else(|| "UPDATE".to_owned(), |columns| format!("UPDATE OF {columns}"));
    format!(
        "CREATE TRIGGER trg_{table}_revision AFTER INSERT OR {update} OR DELETE ON {table} \
         FOR EACH STATEMENT EXECUTE FUNCTION magone_configuration_changed()"
    )
}
