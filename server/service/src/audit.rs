//! Who changed what, from what to what.

use magone_core::ids::AuditId;
use magone_store::AuditEntry;
use serde_json::Value;

use crate::{AdminCaller, Permission, ServiceError, Services, TenantCaller};

/// Entries that a page has at most.
const PAGE_MOST: u32 = 200;

/// Something that was changed. What was secret in it is left out by whoever makes it.
#[derive(Debug)]
pub(crate) struct Change<'a> {
    action: &'static str,
    object: (&'static str, &'a str),
    before: Option<Value>,
    after: Option<Value>,
}

impl<'a> Change<'a> {
    /// `action` was done to an object, named by its kind and id.
    pub(crate) fn new(action: &'static str, object: (&'static str, &'a str)) -> Self {
        Self { action, object, before: None, after: None }
    }

    /// What it was before.
    pub(crate) fn from(mut self, before: Value) -> Self {
        self.before = Some(before);
        self
    }

    /// What it is now.
    pub(crate) fn to(mut self, after: Value) -> Self {
        self.after = Some(after);
        self
    }
}

impl Services {
    /// Entries older than `before`, newest first, at most `limit` and never more than 200.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], or what the store says.
    pub async fn audit_entries(
        &self,
        caller: &AdminCaller,
        before: Option<&AuditId>,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, ServiceError> {
        caller.require(Permission::ReadAudit)?;
        Ok(self.store.audit().entries(before, limit.clamp(1, PAGE_MOST)).await?)
    }

    /// Writes the audit log.
    pub(crate) async fn note(&self, caller: &AdminCaller, change: Change<'_>) -> Result<(), ServiceError> {
        self.note_by(caller.actor().to_owned(), change).await
    }

    /// The same for an admin who acts in a tenant's place; what a tenant does itself is its own affair.
    pub(crate) async fn note_stand_in(
        &self,
        caller: &TenantCaller,
        change: Change<'_>,
    ) -> Result<(), ServiceError> {
        match &caller.admin {
            Some(admin) => self.note_by(admin.to_string(), change).await,
            None => Ok(()),
        }
    }

    /// The same for whoever is no admin.
    pub(crate) async fn note_by(&self, actor: String, change: Change<'_>) -> Result<(), ServiceError> {
        let (object_type, object_id) = change.object;
        let entry = AuditEntry {
            id: AuditId::from_uuid((self.clock.mint)()),
            at: (self.clock.now)(),
            actor,
            action: change.action.to_owned(),
            object_type: object_type.to_owned(),
            object_id: object_id.to_owned(),
            before: change.before,
            after: change.after,
            reason: None,
        };
        Ok(self.store.audit().append(entry).await?)
    }
}
