//! How a version comes to be: the next number, unless nothing changed or somebody was faster.

use magone_core::ports::StoreError;
use magone_core::time::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, InsertStatement, LockType, Query, UpdateStatement};
use sea_orm::{DatabaseTransaction, Value};

use super::versions::{Body, Head, Versioned, body_query, heads};
use crate::row::{self, damaged};

/// How a version is saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Saving {
    /// The version that the change was made to, 0 for none; `None`: whatever is there.
    pub base: Option<u32>,
    /// Stays out of the lists where the document is new.
    pub unlisted: bool,
}

/// Saves a version; its number. A document that equals its latest version is that version. One
/// that was deleted is there again, and its numbers go on.
pub(super) async fn save<D: Versioned>(
    transaction: &DatabaseTransaction,
    document: &D,
    at: Timestamp,
    saving: Saving,
) -> Result<u32, StoreError> {
    let mut query = heads::<D>();
    // Two replicas that save at once take turns; SQLite has one writer anyway.
    query.and_where(Expr::col("id").eq(document.id())).lock(LockType::Update);
    let head = row::one::<Head>(transaction, &query).await?;
    check_base(document.id(), head.as_ref(), saving.base)?;
    let Some(head) = head else {
        let deleted_at = saving.unlisted.then_some(at);
        row::execute(transaction, &first_head(document, at, deleted_at)?).await?;
        return put(transaction, document, 1, at).await;
    };
    let wanted = [(document.id().to_owned(), head.latest_version)];
    let newest = row::one::<Body>(transaction, &body_query::<D>(&wanted)).await?;
    // A body that cannot be read any more is certainly another one.
    let same = newest.and_then(|body| serde_json::from_str::<D>(&body.body).ok()).as_ref() == Some(document);
    let listed = head.deleted_at.is_none() || saving.unlisted;
    if same && listed {
        return u32::try_from(head.latest_version).map_err(|_| damaged("version"));
    }
    let next = if same { Some(head.latest_version) } else { head.latest_version.checked_add(1) };
    let next = next.ok_or_else(|| damaged("version"))?;
    let deleted_at = head.deleted_at.filter(|_| saving.unlisted);
    row::execute(transaction, &next_head(document, next, at, deleted_at)).await?;
    if same {
        return u32::try_from(next).map_err(|_| damaged("version"));
    }
    put(transaction, document, next, at).await
}

/// Whether nobody saved in between.
fn check_base(id: &str, head: Option<&Head>, base: Option<u32>) -> Result<(), StoreError> {
    let living = head.filter(|head| head.deleted_at.is_none());
    let latest = living.map_or(Ok(0), |head| u32::try_from(head.latest_version));
    let latest = latest.map_err(|_| damaged("version"))?;
    match base {
        None => Ok(()),
        Some(base) if base == latest => Ok(()),
        Some(0) => Err(StoreError::Conflict(format!("'{id}' exists already, in version {latest}"))),
        Some(base) => Err(StoreError::Conflict(match latest {
            0 => format!("'{id}' does not exist, so there is no version {base} to change"),
            _ => format!(
                "'{id}' is at version {latest} by now, not {base}: somebody saved in between; read it again and \
                 make the change there"
            ),
        })),
    }
}

fn first_head<D: Versioned>(
    document: &D,
    at: Timestamp,
    deleted_at: Option<Timestamp>,
) -> Result<InsertStatement, StoreError> {
    row::insert(
        D::HEADS,
        [
            ("id", document.id().into()),
            ("name", text(document.name())),
            ("description", text(document.description())),
            ("latest_version", 1.into()),
            ("created_at", at.millis().into()),
            ("updated_at", at.millis().into()),
            ("deleted_at", deleted_at.map(Timestamp::millis).into()),
        ],
    )
}

fn next_head<D: Versioned>(
    document: &D,
    version: i32,
    at: Timestamp,
    deleted_at: Option<i64>,
) -> UpdateStatement {
    Query::update()
        .table(D::HEADS)
        .value("name", text(document.name()))
        .value("description", text(document.description()))
        .value("latest_version", version)
        .value("updated_at", at.millis())
        .value("deleted_at", deleted_at)
        .and_where(Expr::col("id").eq(document.id()))
        .take()
}

async fn put<D: Versioned>(
    transaction: &DatabaseTransaction,
    document: &D,
    version: i32,
    at: Timestamp,
) -> Result<u32, StoreError> {
    let body = serde_json::to_string(document)
        .map_err(|_| StoreError::Internal("a document cannot be written as JSON".to_owned()))?;
    let insert = row::insert(
        D::BODIES,
        [
            (D::PARENT, document.id().into()),
            ("version", version.into()),
            (D::BODY, body.into()),
            ("created_at", at.millis().into()),
        ],
    )?;
    row::execute(transaction, &insert).await?;
    u32::try_from(version).map_err(|_| damaged("version"))
}

fn text(text: Option<&str>) -> Value {
    text.map(str::to_owned).into()
}
