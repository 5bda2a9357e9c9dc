//! The versions that a document had.

use magone_core::ports::StoreError;
use magone_core::time::Timestamp;
use schemars::JsonSchema;
use sea_orm::FromQueryResult;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use serde::Serialize;

use super::versions::Versioned;
use crate::reader::Reader;
use crate::row::damaged;

/// One version in a list.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct VersionSummary {
    /// Its number, from 1.
    pub version: u32,
    /// When it was saved.
    pub created_at: Timestamp,
}

#[derive(Debug, FromQueryResult)]
struct Found {
    version: i32,
    created_at: i64,
}

/// All versions of a document, newest first; none where there is no such document.
pub(super) async fn of<D: Versioned>(reader: &Reader, id: &str) -> Result<Vec<VersionSummary>, StoreError> {
    let query = Query::select()
        .columns(["version", "created_at"])
        .from(D::BODIES)
        .and_where(Expr::col(D::PARENT).eq(id))
        .order_by("version", Order::Desc)
        .take();
    let found: Vec<Found> = reader.all(query).await?;
    let summary = |found: Found| {
        Ok(VersionSummary {
            version: u32::try_from(found.version).map_err(|_| damaged("version"))?,
            created_at: Timestamp::from_millis(found.created_at),
        })
    };
    found.into_iter().map(summary).collect()
}
