//! Documents with immutable versions: a head that points at the latest, and one body for each.
//! Definitions and agents are kept the same way.

use magone_core::agent::Agent;
use magone_core::ports::StoreError;
use magone_core::time::Timestamp;
use magone_core::workflow::Definition;
use schemars::JsonSchema;
use sea_orm::sea_query::{Expr, ExprTrait, LockType, Order, Query, SelectStatement};
use sea_orm::{Condition, DatabaseTransaction, FromQueryResult};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::deletion::Used;
use crate::reader::Reader;
use crate::row::{self, damaged};

/// A document in a list.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[schemars(rename = "DocumentSummary")]
pub struct Summary {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Its latest version, from 1.
    pub latest_version: u32,
    /// When it was first saved.
    pub created_at: Timestamp,
    /// When its latest version was saved.
    pub updated_at: Timestamp,
}

/// A kind of document, and the tables that hold it. Only this crate makes kinds.
pub trait Versioned: Used + Serialize + DeserializeOwned + Clone + PartialEq + Send + Sync + 'static {
    /// Table with one row for each document.
    const HEADS: &'static str;
    /// Table with one row for each version.
    const BODIES: &'static str;
    /// Column of `BODIES` that points at the head.
    const PARENT: &'static str;
    /// Column of `BODIES` that holds the document.
    const BODY: &'static str;

    /// Its id.
    fn id(&self) -> &str;
    /// What people call it.
    fn name(&self) -> Option<&str>;
    /// What it is for.
    fn description(&self) -> Option<&str>;
}

impl Versioned for Definition {
    const HEADS: &'static str = "workflow_definitions";
    const BODIES: &'static str = "workflow_definition_versions";
    const PARENT: &'static str = "definition_id";
    const BODY: &'static str = "definition";

    fn id(&self) -> &str {
        &self.id
    }
    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
    fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }
}

impl Versioned for Agent {
    const HEADS: &'static str = "agents";
    const BODIES: &'static str = "agent_versions";
    const PARENT: &'static str = "agent_id";
    const BODY: &'static str = "agent";

    fn id(&self) -> &str {
        &self.id
    }
    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
    fn description(&self) -> Option<&str> {
        None
    }
}

/// A row with what the document is about.
#[derive(Debug, FromQueryResult)]
pub(super) struct Head {
    pub id: String,
    pub name: Option<String>,
    pub description: Option<String>,
    pub latest_version: i32,
    pub created_at: i64,
    pub updated_at: i64,
    pub deleted_at: Option<i64>,
}

/// A row with a version.
#[derive(Debug, FromQueryResult)]
pub(super) struct Body {
    pub parent: String,
    pub version: i32,
    pub body: String,
}

/// The version asked for, or the latest; whether or not it was deleted.
pub(super) async fn load<D: Versioned>(
    reader: &Reader,
    id: &str,
    version: Option<u32>,
) -> Result<Option<(u32, D)>, StoreError> {
    let version = match version {
        Some(version) => version,
        None => match head::<D>(reader, id).await? {
            Some(head) => u32::try_from(head.latest_version).map_err(|_| damaged("version"))?,
            None => return Ok(None),
        },
    };
    let found = bodies::<D>(reader, &[(id.to_owned(), version)]).await?;
    Ok(found.into_iter().next().map(|(_, version, document)| (version, document)))
}

/// As [`load`], unless it was deleted.
pub(super) async fn load_living<D: Versioned>(
    reader: &Reader,
    id: &str,
    version: Option<u32>,
) -> Result<Option<(u32, D)>, StoreError> {
    match head::<D>(reader, id).await? {
        Some(head) if head.deleted_at.is_none() => load(reader, id, version).await,
        _ => Ok(None),
    }
}

/// Nobody else saves or deletes the document until the transaction ends.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none, or it is deleted.
pub(super) async fn lock<D: Versioned>(
    transaction: &DatabaseTransaction,
    id: &str,
) -> Result<(), StoreError> {
    let mut query = heads::<D>();
    query.and_where(Expr::col("id").eq(id)).lock(LockType::Update);
    let head = row::one::<Head>(transaction, &query).await?.filter(|head| head.deleted_at.is_none());
    head.map(|_| ()).ok_or_else(|| StoreError::NotFound(id.to_owned()))
}

/// Takes a document out of the lists; its versions stay.
pub(super) async fn hide<D: Versioned>(
    transaction: &DatabaseTransaction,
    id: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    let hide = Query::update()
        .table(D::HEADS)
        .value("deleted_at", at.millis())
        .and_where(Expr::col("id").eq(id))
        .take();
    row::execute(transaction, &hide).await.map(|_| ())
}

/// Ids of all documents with their latest versions.
pub(super) async fn latest<D: Versioned>(
    transaction: &DatabaseTransaction,
) -> Result<Vec<(String, i32)>, StoreError> {
    let mut query = heads::<D>();
    query.and_where(Expr::col("deleted_at").is_null());
    let heads: Vec<Head> = row::all(transaction, &query).await?;
    Ok(heads.into_iter().map(|head| (head.id, head.latest_version)).collect())
}

/// The versions asked for, as far as they are there and can be read.
pub(super) async fn read<D: Versioned>(
    transaction: &DatabaseTransaction,
    wanted: &[(String, i32)],
) -> Result<Vec<D>, StoreError> {
    let bodies: Vec<Body> = row::all(transaction, &body_query::<D>(wanted)).await?;
    Ok(bodies.iter().filter_map(|body| serde_json::from_str(&body.body).ok()).collect())
}

async fn head<D: Versioned>(reader: &Reader, id: &str) -> Result<Option<Head>, StoreError> {
    let mut query = heads::<D>();
    query.and_where(Expr::col("id").eq(id));
    reader.one(query).await
}

/// The versions asked for, as far as they are there.
pub(crate) async fn bodies<D: Versioned>(
    reader: &Reader,
    wanted: &[(String, u32)],
) -> Result<Vec<(String, u32, D)>, StoreError> {
    // A version that is no i32 is not there.
    let wanted: Vec<(String, i32)> =
        wanted.iter().filter_map(|(id, version)| Some((id.clone(), i32::try_from(*version).ok()?))).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let found: Vec<Body> = reader.all(body_query::<D>(&wanted)).await?;
    found
        .into_iter()
        .map(|body| {
            let version = u32::try_from(body.version).map_err(|_| damaged("version"))?;
            let document = serde_json::from_str(&body.body).map_err(|_| damaged(D::BODY))?;
            Ok((body.parent, version, document))
        })
        .collect()
}

/// All documents of a kind, by id.
pub(super) async fn list<D: Versioned>(reader: &Reader) -> Result<Vec<Summary>, StoreError> {
    let mut query = heads::<D>();
    query.and_where(Expr::col("deleted_at").is_null()).order_by("id", Order::Asc);
    let heads: Vec<Head> = reader.all(query).await?;
    heads.into_iter().map(Summary::try_from).collect()
}

/// Whether there is such a document, or such a version of it.
pub(super) async fn exists<D: Versioned>(
    transaction: &DatabaseTransaction,
    id: &str,
    version: Option<u32>,
) -> Result<bool, StoreError> {
    match version {
        None => {
            let mut query = heads::<D>();
            query.and_where(Expr::col("id").eq(id)).and_where(Expr::col("deleted_at").is_null());
            Ok(row::one::<Head>(transaction, &query).await?.is_some())
        }
        Some(version) => match i32::try_from(version) {
            Ok(version) => {
                let query = body_query::<D>(&[(id.to_owned(), version)]);
                Ok(row::one::<Body>(transaction, &query).await?.is_some())
            }
            Err(_) => Ok(false),
        },
    }
}

pub(super) fn heads<D: Versioned>() -> SelectStatement {
    Query::select()
        .columns(["id", "name", "description", "latest_version", "created_at", "updated_at", "deleted_at"])
        .from(D::HEADS)
        .take()
}

pub(super) fn body_query<D: Versioned>(wanted: &[(String, i32)]) -> SelectStatement {
    let any = wanted.iter().fold(Condition::any(), |any, (id, version)| {
        any.add(Expr::col(D::PARENT).eq(id.as_str()).and(Expr::col("version").eq(*version)))
    });
    Query::select()
        .expr_as(Expr::col(D::PARENT), "parent")
        .column("version")
        .expr_as(Expr::col(D::BODY), "body")
        .from(D::BODIES)
        .cond_where(any)
        .take()
}

impl TryFrom<Head> for Summary {
    type Error = StoreError;

    fn try_from(head: Head) -> Result<Self, StoreError> {
        Ok(Self {
            id: head.id,
            name: head.name,
            description: head.description,
            latest_version: u32::try_from(head.latest_version).map_err(|_| damaged("version"))?,
            created_at: Timestamp::from_millis(head.created_at),
            updated_at: Timestamp::from_millis(head.updated_at),
        })
    }
}
