//! Documents with immutable versions: a head that points at the latest, and one body for each.
//! Definitions and agents are kept the same way.

use magone_core::agent::Agent;
use magone_core::ports::StoreError;
use magone_core::time::Timestamp;
use magone_core::workflow::Definition;
use sea_orm::sea_query::{Expr, ExprTrait, LockType, Order, Query, SelectStatement};
use sea_orm::{Condition, DatabaseTransaction, FromQueryResult, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::reader::Reader;
use crate::row::{self, damaged};

/// A document in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// A kind of document, and the tables that hold it.
pub(crate) trait Versioned: Serialize + DeserializeOwned + PartialEq + Send + Sync + 'static {
    /// Table with one row for each document.
    const HEADS: &'static str;
    /// Table with one row for each version.
    const BODIES: &'static str;
    /// Column of `BODIES` that points at the head.
    const PARENT: &'static str;
    /// Column of `BODIES` that holds the document.
    const BODY: &'static str;

    fn id(&self) -> &str;
    fn name(&self) -> Option<&str>;
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

#[derive(Debug, FromQueryResult)]
struct Head {
    id: String,
    name: Option<String>,
    description: Option<String>,
    latest_version: i32,
    created_at: i64,
    updated_at: i64,
}

#[derive(Debug, FromQueryResult)]
struct Body {
    parent: String,
    version: i32,
    body: String,
}

/// Saves a version; its number. A document that equals its latest version is that version.
pub(super) async fn save<D: Versioned>(
    transaction: &DatabaseTransaction,
    document: &D,
    at: Timestamp,
) -> Result<u32, StoreError> {
    let mut query = heads::<D>();
    // Two replicas that save at once take turns; SQLite has one writer anyway.
    query.and_where(Expr::col("id").eq(document.id())).lock(LockType::Update);
    let latest = match row::one::<Head>(transaction, &query).await? {
        Some(head) => head.latest_version,
        None => {
            row::execute(transaction, &first_head(document, at)?).await?;
            return put(transaction, document, 1, at).await;
        }
    };
    let newest =
        row::one::<Body>(transaction, &body_query::<D>(&[(document.id().to_owned(), latest)])).await?;
    // A body that cannot be read any more is certainly another one.
    if newest.and_then(|body| serde_json::from_str::<D>(&body.body).ok()).as_ref() == Some(document) {
        return u32::try_from(latest).map_err(|_| damaged("version"));
    }
    let next = latest.checked_add(1).ok_or_else(|| damaged("version"))?;
    let mut update = Query::update();
    update
        .table(D::HEADS)
        .value("name", text(document.name()))
        .value("description", text(document.description()))
        .value("latest_version", next)
        .value("updated_at", at.millis())
        .and_where(Expr::col("id").eq(document.id()));
    row::execute(transaction, &update).await?;
    put(transaction, document, next, at).await
}

/// The version asked for, or the latest.
pub(super) async fn load<D: Versioned>(
    reader: &Reader,
    id: &str,
    version: Option<u32>,
) -> Result<Option<(u32, D)>, StoreError> {
    let version = match version {
        Some(version) => version,
        None => {
            let mut query = heads::<D>();
            query.and_where(Expr::col("id").eq(id));
            match reader.one::<Head>(query).await? {
                Some(head) => u32::try_from(head.latest_version).map_err(|_| damaged("version"))?,
                None => return Ok(None),
            }
        }
    };
    let found = bodies::<D>(reader, &[(id.to_owned(), version)]).await?;
    Ok(found.into_iter().next().map(|(_, version, document)| (version, document)))
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
    query.order_by("id", Order::Asc);
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
            query.and_where(Expr::col("id").eq(id));
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

fn heads<D: Versioned>() -> SelectStatement {
    Query::select()
        .columns(["id", "name", "description", "latest_version", "created_at", "updated_at"])
        .from(D::HEADS)
        .take()
}

fn body_query<D: Versioned>(wanted: &[(String, i32)]) -> SelectStatement {
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

fn first_head<D: Versioned>(
    document: &D,
    at: Timestamp,
) -> Result<sea_orm::sea_query::InsertStatement, StoreError> {
    row::insert(
        D::HEADS,
        [
            ("id", document.id().into()),
            ("name", text(document.name())),
            ("description", text(document.description())),
            ("latest_version", 1.into()),
            ("created_at", at.millis().into()),
            ("updated_at", at.millis().into()),
        ],
    )
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
