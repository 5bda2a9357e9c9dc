//! Erasing a tenant: every row of it, in all tables. The audit log says that it was done, and how many
//! rows that were.

use std::collections::BTreeMap;

use magone_core::ids::TenantId;
use magone_core::ports::StoreError;
use magone_core::time::Timestamp;
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, OnConflict, Order, Query};
use sea_orm::{DatabaseTransaction, EntityTrait, FromQueryResult, QueryTrait, Statement};
use serde_json::json;

use super::batch;
use super::tables::{self, Owned};
use crate::audit::{self, AuditEntry};
use crate::dialect::Dialect;
use crate::entity::erasure::{Column, Entity, Model};
use crate::entity::{audit as log, execution, tenant};
use crate::row::{self, damaged};
use crate::store::Store;

/// Tables that come after all others, since those point at them, or that say what is going on.
const LAST: [&str; 3] = ["workflow_executions", "tenant_workflows", "tenant_erasures"];

/// A tenant that is being erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// The tenant.
    pub tenant: TenantId,
    /// Who asked for it.
    pub asked_by: String,
}

/// How far an erasure is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// These runs have not ended: they have to be cancelled first.
    Waits(Vec<String>),
    /// Something was removed; there may be more.
    Removed,
    /// Only the tenant itself is left, without anything that tells who it was. Rows by table.
    Bare(BTreeMap<String, u64>),
    /// There is nothing to be erased, or it is done.
    Over,
}

/// The door to erasures.
#[derive(Clone, Debug)]
pub struct Erasures {
    store: Store,
}

impl Erasures {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Notes that a tenant is to be erased, and deletes it: its keys open nothing any more. Asking twice
    /// is asking once.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such tenant.
    pub async fn ask(&self, tenant: &TenantId, by: &str, at: Timestamp) -> Result<(), StoreError> {
        let (tenant, by, dialect) = (tenant.clone(), by.to_owned(), self.store.dialect());
        self.store
            .writer()
            .change(move |transaction| {
                Box::pin(async move { ask(transaction, dialect, &tenant, &by, at).await })
            })
            .await
    }

    /// The tenant of that short name or id, also a deleted one.
    ///
    /// # Errors
    /// What the database says.
    pub async fn tenant(&self, name: &str) -> Result<Option<magone_core::tenant::Tenant>, StoreError> {
        let either = Condition::any()
            .add(Expr::col(tenant::Column::Slug).eq(name))
            .add(Expr::col(tenant::Column::Id).eq(name));
        let mut query = tenant::Entity::find().into_query();
        query.cond_where(either);
        let found: Option<tenant::Model> = self.store.reader().one(query).await?;
        Ok(found.map(Into::into))
    }

    /// All that were asked for and are not done.
    ///
    /// # Errors
    /// What the database says.
    pub async fn open(&self) -> Result<Vec<Erasure>, StoreError> {
        let mut query = Entity::find().into_query();
        query.order_by(Column::AskedAt, Order::Asc);
        let open: Vec<Model> = self.store.reader().all(query).await?;
        let open = open
            .into_iter()
            .map(|row| Erasure { tenant: TenantId::from_text(row.tenant_id), asked_by: row.asked_by });
        Ok(open.collect())
    }

    /// Removes a batch of what the tenant has.
    ///
    /// # Errors
    /// What the database says.
    pub async fn remove_some(&self, tenant: &TenantId) -> Result<Step, StoreError> {
        let (tenant, dialect) = (tenant.clone(), self.store.dialect());
        self.store
            .writer()
            .change(move |transaction| Box::pin(async move { remove(transaction, dialect, &tenant).await }))
            .await
    }

    /// Removes the tenant itself, and writes the entry that stays. Whether it was this call that did it.
    ///
    /// # Errors
    /// What the database says.
    pub async fn finish(&self, tenant: &TenantId, entry: AuditEntry) -> Result<bool, StoreError> {
        let tenant = tenant.clone();
        self.store
            .writer()
            .change(move |transaction| {
                Box::pin(async move {
                    let mut over = Query::delete();
                    over.from_table(Entity).and_where(Expr::col(Column::TenantId).eq(tenant.as_str()));
                    if row::execute(transaction, &over).await? == 0 {
                        return Ok(false);
                    }
                    let mut delete = Query::delete();
                    delete
                        .from_table(tenant::Entity)
                        .and_where(Expr::col(tenant::Column::Id).eq(tenant.as_str()));
                    row::execute(transaction, &delete).await?;
                    row::execute(transaction, &audit::addition(entry)?).await?;
                    Ok(true)
                })
            })
            .await
    }

    /// Lets nothing of what was removed stay in the files: on SQLite, what is in the write-ahead log goes
    /// into the database, where removed rows are overwritten with zeros. Whether that is done; a reader
    /// may be in the way. PostgreSQL's vacuum does as much in its own time.
    ///
    /// # Errors
    /// What the database says.
    pub async fn settle(&self) -> Result<bool, StoreError> {
        if self.store.dialect() == Dialect::Postgres {
            return Ok(true);
        }
        let checkpoint =
            Statement::from_string(self.store.dialect().backend(), "PRAGMA wal_checkpoint(TRUNCATE)");
        let done: Option<Checkpoint> = self.store.reader().raw(checkpoint).await?;
        Ok(done.is_some_and(|done| done.busy == 0))
    }
}

#[derive(Debug, FromQueryResult)]
struct Checkpoint {
    busy: i32,
}

async fn ask(
    transaction: &DatabaseTransaction,
    dialect: Dialect,
    id: &TenantId,
    by: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    let mut delete = Query::update();
    delete
        .table(tenant::Entity)
        .value(tenant::Column::IsActive, false)
        .value(tenant::Column::DeletedAt, dialect.time(Some(at)))
        .and_where(Expr::col(tenant::Column::Id).eq(id.as_str()));
    if row::execute(transaction, &delete).await? == 0 {
        return Err(StoreError::NotFound(format!("tenant {id}")));
    }
    let mut note = row::insert(
        Entity,
        [
            (Column::TenantId, id.as_str().into()),
            (Column::AskedAt, at.millis().into()),
            (Column::AskedBy, by.into()),
            (Column::Removed, "{}".into()),
        ],
    )?;
    note.on_conflict(OnConflict::column(Column::TenantId).do_nothing().to_owned());
    row::execute(transaction, &note).await.map(|_| ())
}

async fn remove(
    transaction: &DatabaseTransaction,
    dialect: Dialect,
    tenant: &TenantId,
) -> Result<Step, StoreError> {
    let asked: Option<Model> =
        row::one(transaction, &Entity::find_by_id(tenant.as_str()).into_query()).await?;
    let Some(asked) = asked else { return Ok(Step::Over) };
    let unfinished = unfinished(transaction, tenant).await?;
    if !unfinished.is_empty() {
        return Ok(Step::Waits(unfinished));
    }
    let mut removed: BTreeMap<String, u64> =
        serde_json::from_str(&asked.removed).map_err(|_| damaged("count of erased rows"))?;
    let tables = tables::owned(transaction, dialect).await?;
    let rows = match removed.contains_key("audit_log") {
        // First, while the rows are there by which its entries are found.
        false => BTreeMap::from([("audit_log".to_owned(), silence(transaction, tenant, &tables).await?)]),
        true => remove_rows(transaction, dialect, tenant, &tables).await?,
    };
    if rows.is_empty() {
        bare(transaction, dialect, tenant).await?;
        return Ok(Step::Bare(removed));
    }
    for (table, rows) in rows {
        *removed.entry(table).or_default() += rows;
    }
    let mut note = Query::update();
    note.table(Entity)
        .value(Column::Removed, json!(removed).to_string())
        .and_where(Expr::col(Column::TenantId).eq(tenant.as_str()));
    row::execute(transaction, &note).await?;
    Ok(Step::Removed)
}

#[derive(Debug, FromQueryResult)]
struct Run {
    id: String,
}

async fn unfinished(transaction: &DatabaseTransaction, tenant: &TenantId) -> Result<Vec<String>, StoreError> {
    let open = Query::select()
        .column(execution::Column::Id)
        .from(execution::Entity)
        .and_where(Expr::col(execution::Column::CompletedAt).is_null())
        .and_where(Expr::col(execution::Column::TenantId).eq(tenant.as_str()))
        .order_by(execution::Column::Id, Order::Asc)
        .limit(batch::ROWS)
        .take();
    let open: Vec<Run> = row::all(transaction, &open).await?;
    Ok(open.into_iter().map(|run| run.id).collect())
}

/// A batch of the first table that has something; rows by table.
async fn remove_rows(
    transaction: &DatabaseTransaction,
    dialect: Dialect,
    tenant: &TenantId,
    tables: &[Owned],
) -> Result<BTreeMap<String, u64>, StoreError> {
    let own = || Condition::all().add(Expr::col(Alias::new("tenant_id")).eq(tenant.as_str()));
    for table in tables.iter().filter(|table| !LAST.contains(&table.name.as_str())) {
        let rows = batch::delete(transaction, dialect, &table.name, own()).await?;
        if rows > 0 {
            return Ok(BTreeMap::from([(table.name.clone(), rows)]));
        }
    }
    let runs = Query::select().column(execution::Column::Id).from(execution::Entity).cond_where(own()).take();
    let done = batch::delete_runs(transaction, dialect, runs).await?;
    if done.runs + done.events > 0 {
        let names = ["workflow_executions", "execution_events"].map(str::to_owned);
        return Ok(names.into_iter().zip([done.runs, done.events]).collect());
    }
    let rows = batch::delete(transaction, dialect, "tenant_workflows", own()).await?;
    Ok((rows > 0).then(|| ("tenant_workflows".to_owned(), rows)).into_iter().collect())
}

/// The audit log keeps who did what to which thing, and forgets what it was like.
async fn silence(
    transaction: &DatabaseTransaction,
    tenant: &TenantId,
    tables: &[Owned],
) -> Result<u64, StoreError> {
    let object = || Expr::col(log::Column::ObjectId);
    let row: Option<tenant::Model> =
        row::one(transaction, &tenant::Entity::find_by_id(tenant.as_str()).into_query()).await?;
    let slug = row.map(|row| row.slug).unwrap_or_default();
    let mut of_tenant = Condition::any().add(object().eq(tenant.as_str()));
    // Also of what is gone already.
    for column in [log::Column::Before, log::Column::After] {
        for named in [format!("%\"{tenant}\"%"), format!("%\"tenant\":\"{slug}\"%")] {
            of_tenant = of_tenant.add(Expr::col(column).like(named));
        }
    }
    for table in tables.iter().filter(|table| table.has_id > 0) {
        let ids = Query::select()
            .column(Alias::new("id"))
            .from(Alias::new(&table.name))
            .and_where(Expr::col(Alias::new("tenant_id")).eq(tenant.as_str()))
            .take();
        of_tenant = of_tenant.add(object().in_subquery(ids));
    }
    let mut update = Query::update();
    update.table(log::Entity);
    for column in [log::Column::Before, log::Column::After, log::Column::Reason] {
        update.value(column, Option::<String>::None);
    }
    row::execute(transaction, update.cond_where(of_tenant)).await
}

/// Leaves nothing in the tenant's row that tells who it was.
async fn bare(
    transaction: &DatabaseTransaction,
    dialect: Dialect,
    tenant: &TenantId,
) -> Result<(), StoreError> {
    use tenant::Column;
    let mut update = Query::update();
    update
        .table(tenant::Entity)
        .value(Column::Name, "")
        .value(Column::Slug, tenant.as_str())
        .value(Column::ApiKeyHash, format!("erased:{tenant}"))
        .value(Column::ApiKeyPrefix, "")
        .value(Column::Settings, dialect.json(Some(&json!({})))?)
        .and_where(Expr::col(Column::Id).eq(tenant.as_str()));
    row::execute(transaction, &update).await.map(|_| ())
}
