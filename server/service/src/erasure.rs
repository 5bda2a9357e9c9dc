//! Erasing tenants: everything that they have, for good.

use std::collections::BTreeMap;

use magone_core::ids::{AuditId, ExecutionId};
use magone_core::ports::EngineError;
use magone_core::tenant::Tenant;
use magone_core::workflow::Problem;
use magone_store::{AuditEntry, Erasure, HOUSE, Step};
use schemars::JsonSchema;
use serde_json::{Value, json};

use crate::members::Members;
use crate::{AdminCaller, Permission, ServiceError, Services};

/// Why its runs are cancelled.
const REASON: &str = "The tenant is being erased";

/// How far an erasure is, once nothing more can be done right now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Erased {
    /// Everything is gone. Rows by table.
    Gone(BTreeMap<String, u64>),
    /// Runs have not ended; the process that has them in flight cancels them.
    Waits,
    /// All rows are gone, but not yet from the files: somebody reads.
    Settles,
}

/// That a tenant is to be erased, for good.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
pub struct ErasureRequest {
    /// The tenant's slug once more: erasing cannot be undone.
    confirm: String,
}

impl ErasureRequest {
    fn read(body: Value) -> Result<Self, ServiceError> {
        let mut members = Members::of("erasure", if body.is_null() { json!({}) } else { body })?;
        let confirm = members.needed_text("confirm");
        members.end()?;
        Ok(Self { confirm })
    }

    fn check(&self, tenant: &Tenant) -> Result<(), ServiceError> {
        if self.confirm == tenant.slug {
            return Ok(());
        }
        let detail = format!("Erasing cannot be undone: repeat the tenant's slug, \"{}\"", tenant.slug);
        Err(ServiceError::invalid("erasure", vec![Problem::new("/confirm", detail)]))
    }
}

impl Services {
    /// Asks for a tenant's erasure, by its short name or its id, deleted or not: from now on its keys
    /// open nothing. `body` names it once more: `{confirm}`.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], [`ServiceError::Validation`]; [`ServiceError::Conflict`] for the
    /// server's own tenant.
    pub async fn erase_tenant(
        &self,
        caller: &AdminCaller,
        name: &str,
        body: Value,
    ) -> Result<Tenant, ServiceError> {
        caller.require(Permission::WriteTenants)?;
        let found = self.store.erasures().tenant(name).await?;
        let tenant = found.ok_or_else(|| ServiceError::not_found("Tenant", name))?;
        ErasureRequest::read(body)?.check(&tenant)?;
        if tenant.slug == HOUSE {
            let sentence = format!("The tenant '{HOUSE}' is the server's own and cannot be erased");
            return Err(ServiceError::Conflict(sentence));
        }
        self.store.erasures().ask(&tenant.id, caller.actor(), (self.clock.now)()).await?;
        self.catalog.forget();
        Ok(tenant)
    }

    /// The slug of a tenant that can be erased, by its short name or its id, deleted or not.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] or [`ServiceError::NotFound`].
    pub async fn erasable(&self, caller: &AdminCaller, name: &str) -> Result<String, ServiceError> {
        caller.require(Permission::WriteTenants)?;
        let found = self.store.erasures().tenant(name).await?;
        Ok(found.ok_or_else(|| ServiceError::not_found("Tenant", name))?.slug)
    }

    /// Goes on with every erasure that was asked for. What waits for something is tried again by the next
    /// call.
    ///
    /// # Errors
    /// What the store says.
    pub async fn go_on_erasing(&self) -> Result<(), ServiceError> {
        for erasure in self.store.erasures().open().await? {
            if let Erased::Gone(removed) = self.erase(&erasure).await? {
                let rows: u64 = removed.values().sum();
                tracing::info!(tenant.id = %erasure.tenant, rows.removed = rows, "tenant is erased");
            }
        }
        Ok(())
    }

    /// Erases as much as can be erased right now.
    ///
    /// # Errors
    /// What the store says; what was removed until then stays removed.
    pub async fn erase(&self, erasure: &Erasure) -> Result<Erased, ServiceError> {
        let erasures = self.store.erasures();
        loop {
            match erasures.remove_some(&erasure.tenant).await? {
                Step::Over => return Ok(Erased::Gone(BTreeMap::new())),
                Step::Removed => tokio::task::yield_now().await,
                Step::Waits(runs) => {
                    self.cancel_all(runs).await;
                    return Ok(Erased::Waits);
                }
                // First out of the files, then the last row: after a crash it is done again.
                Step::Bare(_) if !erasures.settle().await? => return Ok(Erased::Settles),
                Step::Bare(removed) => {
                    erasures.finish(&erasure.tenant, self.tombstone(erasure, &removed)).await?;
                    self.catalog.forget();
                    return Ok(Erased::Gone(removed));
                }
            }
        }
    }

    /// Asks that all of them end. Those that another process has in flight are left to it.
    async fn cancel_all(&self, runs: Vec<String>) {
        let Some(engine) = &self.engine else { return };
        for id in runs.into_iter().map(ExecutionId::from_text) {
            match engine.cancel(id.clone(), Some(REASON.to_owned())).await {
                Ok(()) | Err(EngineError::NotInFlight) => {}
                Err(error) => tracing::warn!(execution.id = %id, %error, "cannot be cancelled yet"),
            }
        }
    }

    /// What stays: that it was done, when, by whom, and how many rows that were.
    fn tombstone(&self, erasure: &Erasure, removed: &BTreeMap<String, u64>) -> AuditEntry {
        AuditEntry {
            id: AuditId::from_uuid((self.clock.mint)()),
            at: (self.clock.now)(),
            actor: erasure.asked_by.clone(),
            action: "tenant.erased".to_owned(),
            object_type: "tenant".to_owned(),
            object_id: erasure.tenant.to_string(),
            before: None,
            after: Some(json!({"removed": removed})),
            reason: None,
        }
    }
}
