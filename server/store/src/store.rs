//! The store itself: how it is opened, and the doors to what it holds.

use std::sync::Arc;

use magone_core::ids::TenantId;
use magone_core::ports::StoreError;
use magone_core::time::Timestamp;
use sea_orm::{EntityTrait, QueryTrait};
use tokio::sync::Notify;

use crate::admins::Admins;
use crate::audit::Audit;
use crate::claims;
use crate::configuration::Configuration;
use crate::connect::{Patience, Target};
use crate::dialect::Dialect;
use crate::entity::config_revision;
use crate::erasure::{Erasures, Retention};
use crate::error::OpenError;
use crate::program::Programs;
use crate::reader::Reader;
use crate::schema::{self, SchemaState};
use crate::scope::{AdminScope, TenantScope};
use crate::silence::Outage;
use crate::url::DatabaseUrl;
use crate::webhooks::{Outbox, Secrets};
use crate::writer::Writer;

/// What a store needs to be opened.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Where the database is.
    pub url: DatabaseUrl,
    /// Connections that read, at least 1. One more writes.
    pub pool_size: u32,
    /// How long the database is waited for.
    pub patience: Patience,
}

/// The database. Clones share everything.
#[derive(Clone, Debug)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    dialect: Dialect,
    reader: Reader,
    writer: Writer,
    programs: Programs,
}

impl Store {
    /// Connects, and makes a missing SQLite file. Must be called on the runtime that shall own the
    /// connections; the store may then be used from any.
    ///
    /// # Errors
    /// [`OpenError`]: the place cannot be written, is no database, or does not answer.
    pub async fn open(options: StoreOptions) -> Result<Self, OpenError> {
        let target = Target { url: options.url, patience: options.patience, outage: Outage::default() };
        let dialect = target.dialect();
        let writer = target.writer().await?;
        let readers = target.readers(options.pool_size).await?;
        Ok(Self(Arc::new(Inner {
            dialect,
            reader: Reader::new(readers, &target),
            writer: Writer::start(target, writer),
            programs: Programs::default(),
        })))
    }

    /// Brings the schema up to date; how many steps that took.
    ///
    /// # Errors
    /// [`OpenError::SchemaTooNew`], or what the database says. Nothing is changed then.
    pub async fn migrate(&self) -> Result<u32, OpenError> {
        let dialect = self.dialect();
        self.writer()
            .change_patiently(move |transaction| {
                Box::pin(async move { schema::migrate(transaction, dialect).await })
            })
            .await
    }

    /// Compares the schema with what this binary knows, and changes nothing.
    ///
    /// # Errors
    /// What the database says.
    pub async fn schema(&self) -> Result<SchemaState, OpenError> {
        let dialect = self.dialect();
        let state = self
            .writer()
            .change(move |transaction| Box::pin(async move { schema::compare(transaction, dialect).await }));
        Ok(state.await?)
    }

    /// Whether the database can be read and written.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it does not answer.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.revision().await?;
        self.writer().prove().await
    }

    /// Moves with every change of the configuration, whoever made it.
    ///
    /// # Errors
    /// What the database says.
    pub async fn revision(&self) -> Result<u64, StoreError> {
        let row: Option<config_revision::Model> =
            self.reader().one(config_revision::Entity::find().into_query()).await?;
        Ok(row.and_then(|row| u64::try_from(row.revision).ok()).unwrap_or_default())
    }

    /// What this tenant may see: the only door to a tenant's rows.
    #[must_use]
    pub fn tenant(&self, id: &TenantId) -> TenantScope {
        TenantScope::new(self.clone(), id.clone())
    }

    /// Runs of all tenants, for those who administer them. Whether the caller is one of those is
    /// for the caller to say.
    #[must_use]
    pub fn all_tenants(&self) -> AdminScope {
        AdminScope::new(self.clone())
    }

    /// Tenants, keys, definitions, agents.
    #[must_use]
    pub fn configuration(&self) -> Configuration {
        Configuration::new(self.clone())
    }

    /// Who may use the console.
    #[must_use]
    pub fn admins(&self) -> Admins {
        Admins::new(self.clone())
    }

    /// What was done with the console and the command line.
    #[must_use]
    pub fn audit(&self) -> Audit {
        Audit::new(self.clone())
    }

    /// Webhooks to be delivered, whosever they are.
    #[must_use]
    pub fn outbox(&self) -> Outbox {
        Outbox::new(self.clone())
    }

    /// What is sealed.
    #[must_use]
    pub fn secrets(&self) -> Secrets {
        Secrets::new(self.clone())
    }

    /// Tenants that are being erased.
    #[must_use]
    pub fn erasures(&self) -> Erasures {
        Erasures::new(self.clone())
    }

    /// What tenants keep for a time.
    #[must_use]
    pub fn retention(&self) -> Retention {
        Retention::new(self.clone())
    }

    /// Forgets the idempotency keys whose time is over; how many there were.
    ///
    /// # Errors
    /// What the database says.
    pub async fn purge_claims(&self, now: Timestamp) -> Result<u64, StoreError> {
        claims::purge(self, now).await
    }

    /// Lets what waits be written, then closes all connections. Writes that come later get
    /// [`StoreError::Unavailable`].
    pub async fn close(&self) {
        self.writer().close().await;
        self.reader().close().await;
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.0.dialect
    }

    pub(crate) fn reader(&self) -> &Reader {
        &self.0.reader
    }

    /// Transactions that this process's writer ended so far, and the commits of runs that they held.
    #[must_use]
    pub fn written(&self) -> (u64, u64) {
        self.writer().written()
    }

    pub(crate) fn writer(&self) -> &Writer {
        &self.0.writer
    }

    pub(crate) fn told(&self) -> Arc<Notify> {
        self.writer().told()
    }

    pub(crate) fn programs(&self) -> &Programs {
        &self.0.programs
    }
}
