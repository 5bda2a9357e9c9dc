//! What is known by heart, so that a request costs no query when warm: keys, a tenant's workflows,
//! and the programs that they resolve to. Everything is thrown away when the configuration's
//! revision moves, in this process or in another (the command line beside a server).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use magone_core::admin_token::AdminToken;
use magone_core::execution::Pins;
use magone_core::ids::{TenantId, TenantWorkflowId};
use magone_core::ports::{RunStore, StoreError};
use magone_core::tenant::Tenant;
use magone_core::time::Timestamp;
use magone_core::workflow::program::Program;
use magone_store::{AdminTokenRow, Store, TenantWorkflow};
use moka::sync::Cache;
use tokio::sync::{Semaphore, watch};

use crate::keyring::KnownKey;
use crate::uses::Uses;
use crate::{AdminCaller, ServiceError, WorkflowInfo};

/// Entries of each kind that are kept.
const KEPT: u64 = 100_000;
/// Who read at once, of those who look again.
const TURNS: usize = 8;
/// Hashes of keys that open nothing, at most: whoever floods us fills this and no more.
const UNKNOWN_KEPT: u64 = 10_000;
/// Nothing is believed for longer than this, whatever the revision says.
const BELIEVED: Duration = Duration::from_secs(60);

/// A tenant's workflow with the program that its next run is pinned to.
#[derive(Debug)]
pub struct Resolved {
    /// The tenant's workflow.
    pub workflow: TenantWorkflow,
    /// The versions.
    pub pins: Pins,
    /// Their program.
    pub program: Arc<Program>,
    /// What its tenant sees of it.
    pub info: Arc<WorkflowInfo>,
}

impl Resolved {
    pub(crate) fn new(workflow: TenantWorkflow, pins: Pins, program: Arc<Program>) -> Self {
        let info = Arc::new(WorkflowInfo::of(&workflow, &pins, program.definition()));
        Self { workflow, pins, program, info }
    }
}

/// The tenant of the house's own runs, and the workflow that they belong to.
pub(crate) type House = (Arc<Tenant>, TenantWorkflowId);

/// What is known by heart.
#[derive(Debug)]
pub struct Catalog {
    pub(crate) store: Store,
    pub(crate) keys: Cache<String, KnownKey>,
    pub(crate) unknown_keys: Cache<String, ()>,
    /// Of those who look again all at once.
    pub(crate) turns: Arc<Semaphore>,
    pub(crate) uses: Uses,
    /// Moves when everything is forgotten.
    pub(crate) forgotten: Arc<watch::Sender<u64>>,
    admin_tokens: Cache<String, Arc<AdminTokenRow>>,
    tenants: Cache<TenantId, Arc<Tenant>>,
    workflows: Cache<TenantId, Arc<[TenantWorkflow]>>,
    resolved: Cache<(TenantId, String), Arc<Resolved>>,
    pub(crate) listed: Cache<TenantId, Arc<[Arc<WorkflowInfo>]>>,
    house: Cache<(), House>,
    origins: Cache<(), Arc<BTreeSet<String>>>,
    revision: Arc<AtomicU64>,
    pub(crate) mint: fn() -> u128,
}

fn cache<K, V>() -> Cache<K, V>
where
    K: std::hash::Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    Cache::builder().max_capacity(KEPT).time_to_live(BELIEVED).build()
}

impl Catalog {
    /// Knows nothing yet; `mint` gives the bits of a fresh UUIDv7.
    #[must_use]
    pub fn new(store: Store, mint: fn() -> u128) -> Self {
        Self {
            store,
            keys: cache(),
            unknown_keys: Cache::builder().max_capacity(UNKNOWN_KEPT).time_to_live(BELIEVED).build(),
            turns: Arc::new(Semaphore::new(TURNS)),
            uses: Uses::default(),
            forgotten: Arc::new(watch::Sender::new(0)),
            admin_tokens: cache(),
            tenants: cache(),
            workflows: cache(),
            resolved: cache(),
            listed: cache(),
            house: cache(),
            origins: cache(),
            revision: Arc::default(),
            mint,
        }
    }

    /// Looks whether the configuration changed, and forgets what is no longer believed; whether it did.
    ///
    /// # Errors
    /// When the store cannot be read; what is known stays.
    pub async fn refresh(&self) -> Result<bool, StoreError> {
        let revision = self.store.revision().await?;
        let changed = self.revision.swap(revision, Ordering::SeqCst) != revision;
        if changed {
            self.forget();
        }
        Ok(changed)
    }

    /// Forgets everything: after a change of our own.
    pub fn forget(&self) {
        self.keys.invalidate_all();
        self.unknown_keys.invalidate_all();
        self.admin_tokens.invalidate_all();
        self.tenants.invalidate_all();
        self.workflows.invalidate_all();
        self.resolved.invalidate_all();
        self.listed.invalidate_all();
        self.house.invalidate_all();
        self.origins.invalidate_all();
        self.forgotten.send_modify(|times| *times += 1);
    }

    /// What whoever sent this admin token may do. A text that is no token costs no query.
    ///
    /// # Errors
    /// [`ServiceError::TokenInvalid`], or what the store says.
    pub async fn admin(&self, token: &str, now: Timestamp) -> Result<AdminCaller, ServiceError> {
        let token = AdminToken::parse(token).map_err(|_| ServiceError::TokenInvalid)?;
        let hash = token.hash();
        let row = match self.admin_tokens.get(&hash) {
            Some(known) => known,
            None => {
                let found = self.store.admins().token_by_hash(&hash).await?;
                let row = Arc::new(found.ok_or(ServiceError::TokenInvalid)?);
                self.admin_tokens.insert(hash, Arc::clone(&row));
                row
            }
        };
        let over = row.revoked_at.is_some() || row.expires_at.is_some_and(|at| at <= now);
        if over { Err(ServiceError::TokenInvalid) } else { Ok(AdminCaller::token(&row)) }
    }

    /// The tenant of that id, also a deleted one: its runs stay visible to admins.
    ///
    /// # Errors
    /// [`ServiceError::Internal`] when there is none: ids come from rows that refer to it.
    pub async fn tenant(&self, id: &TenantId) -> Result<Arc<Tenant>, ServiceError> {
        if let Some(known) = self.tenants.get(id) {
            return Ok(known);
        }
        let found = self.store.configuration().tenant_or_deleted(id).await?;
        let found = found.ok_or_else(|| ServiceError::Internal(format!("tenant '{id}' is gone")))?;
        let tenant = Arc::new(found);
        self.tenants.insert(id.clone(), Arc::clone(&tenant));
        Ok(tenant)
    }

    /// Origins of web pages that any tenant lists: what a preflight, which carries no key, is told.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn origins(&self) -> Result<Arc<BTreeSet<String>>, ServiceError> {
        if let Some(known) = self.origins.get(&()) {
            return Ok(known);
        }
        let tenants = self.store.configuration().tenants().await?;
        let tenants = tenants.iter().filter(|tenant| tenant.is_active);
        let found: BTreeSet<_> = tenants.flat_map(Tenant::cors_origins).map(str::to_owned).collect();
        let found = Arc::new(found);
        self.origins.insert((), Arc::clone(&found));
        Ok(found)
    }

    /// The tenant's active workflows, sorted by slug.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn workflows(&self, tenant: &TenantId) -> Result<Arc<[TenantWorkflow]>, ServiceError> {
        if let Some(known) = self.workflows.get(tenant) {
            return Ok(known);
        }
        let mut found = self.store.tenant(tenant).workflows().await?;
        found.retain(|workflow| workflow.is_active);
        found.sort_by(|a, b| a.slug.cmp(&b.slug));
        let found: Arc<[TenantWorkflow]> = found.into();
        self.workflows.insert(tenant.clone(), Arc::clone(&found));
        Ok(found)
    }

    /// What the tenant sees of each of them, sorted by slug.
    ///
    /// # Errors
    /// As for [`Catalog::resolve`].
    pub async fn list(&self, tenant: &TenantId) -> Result<Arc<[Arc<WorkflowInfo>]>, ServiceError> {
        if let Some(known) = self.listed.get(tenant) {
            return Ok(known);
        }
        let before = *self.forgotten.borrow();
        let mut infos = Vec::new();
        for workflow in self.workflows(tenant).await?.iter() {
            infos.push(Arc::clone(&self.resolve(tenant, &workflow.slug).await?.info));
        }
        let infos: Arc<[Arc<WorkflowInfo>]> = infos.into();
        if *self.forgotten.borrow() == before {
            self.listed.insert(tenant.clone(), Arc::clone(&infos));
        }
        Ok(infos)
    }

    /// The tenant's workflow of that slug, ready to run.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`]; [`ServiceError::Internal`] when its definition is gone or does
    /// not validate any more.
    pub async fn resolve(&self, tenant: &TenantId, slug: &str) -> Result<Arc<Resolved>, ServiceError> {
        let key = (tenant.clone(), slug.to_owned());
        if let Some(known) = self.resolved.get(&key) {
            return Ok(known);
        }
        let workflows = self.workflows(tenant).await?;
        let workflow = workflows.iter().find(|workflow| workflow.slug == slug).cloned();
        let workflow = workflow.ok_or_else(|| ServiceError::not_found("Workflow", slug))?;
        let overrides = workflow.overrides.clone();
        let pins = self.pins(&workflow.definition_id, workflow.version, overrides).await?;
        let program = self.store.program(&pins).await?;
        let resolved = Arc::new(Resolved::new(workflow, pins, program));
        self.resolved.insert(key, Arc::clone(&resolved));
        Ok(resolved)
    }

    /// The tenant of the house's own runs, and the workflow that they belong to; made with these ids
    /// where they are missing.
    pub(crate) async fn house(
        &self,
        (tenant, workflow): (TenantId, TenantWorkflowId),
    ) -> Result<House, ServiceError> {
        if let Some(known) = self.house.get(&()) {
            return Ok(known);
        }
        let (tenant, workflow) = self.store.configuration().house(tenant, workflow).await?;
        let house = (Arc::new(tenant), workflow);
        self.house.insert((), house.clone());
        Ok(house)
    }
}
