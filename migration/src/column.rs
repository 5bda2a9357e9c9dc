//! The kinds of columns that all steps share, with the differences between the two databases in
//! one place. As frozen as the steps: a new kind is a new function.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// The primary key of most tables: a prefixed id, a slug, or whatever a script chose.
pub fn id(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).string_len(100).primary_key().not_null().take()
}

/// A text of limited length.
pub fn short(name: &'static str, length: u32) -> ColumnDef {
    ColumnDef::new(name).string_len(length).take()
}

/// A text of any length. Also the type of documents that no query looks into: unlike JSONB it
/// gives back the very bytes that were stored, and takes `\u0000`.
pub fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().take()
}

/// JSONB; a text on SQLite.
pub fn json(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).json_binary().take()
}

/// A flag with a default. Nullable, as in the first schema.
pub fn flag(name: &'static str, default: bool) -> ColumnDef {
    ColumnDef::new(name).boolean().default(default).take()
}

/// A point in time of our own tables: unix milliseconds. They are compared by queries, and
/// SQLite would compare times as texts, which sort wrongly when their precision differs.
pub fn millis(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().take()
}

/// A point in time of the first schema's tables: TIMESTAMPTZ; a text as in RFC 3339 on SQLite.
pub fn time(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).timestamp_with_time_zone().take()
}

/// As [`time`], filled in by the database.
pub fn time_now(name: &'static str, backend: DbBackend) -> ColumnDef {
    let now = match backend {
        // CURRENT_TIMESTAMP has no fraction and no zone here.
        DbBackend::Sqlite => Expr::cust("(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))"),
        _ => Expr::current_timestamp(),
    };
    time(name).default(now).take()
}

/// `column` of `table` points at the id of `target`.
pub fn points_at(
    table: &'static str,
    column: &'static str,
    target: &'static str,
) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, column).to(target, "id").take()
}

/// As [`points_at`]; the row goes when its target goes.
pub fn belongs_to(
    table: &'static str,
    column: &'static str,
    target: &'static str,
) -> ForeignKeyCreateStatement {
    points_at(table, column, target).on_delete(ForeignKeyAction::Cascade).take()
}

/// An index over whole columns.
pub fn index(name: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create().name(name).table(table).take();
    for column in columns {
        index.col(*column);
    }
    index
}
