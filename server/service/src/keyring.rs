//! Keys known by heart: who a request comes from.

use std::sync::Arc;

use magone_core::ids::{KeyId, TenantId};
use magone_core::key::ApiKey;
use magone_core::time::Timestamp;
use magone_store::KeyRecord;

use crate::caller::CallerKey;
use crate::{Catalog, ServiceError, TenantCaller};

/// A key and whose it is, as they were when they were read.
#[derive(Clone, Debug)]
pub(crate) struct KnownKey {
    caller: TenantCaller,
    revoked: bool,
}

impl KnownKey {
    fn new(record: KeyRecord, hash: &str) -> Self {
        let key = CallerKey {
            id: record.key_id,
            hash: hash.to_owned(),
            grant: record.grant,
            test: record.test,
            rate_limit_per_minute: record.rate_limit_per_minute,
            expires_at: record.expires_at,
        };
        let caller = TenantCaller { tenant: Arc::new(record.tenant), key: Arc::new(key), admin: None };
        Self { caller, revoked: record.revoked }
    }

    fn admit(&self, now: Timestamp) -> Result<TenantCaller, ServiceError> {
        let TenantCaller { tenant, key, .. } = &self.caller;
        if self.revoked || key.expires_at.is_some_and(|at| at <= now) {
            return Err(ServiceError::KeyInvalid);
        }
        if !tenant.is_active {
            return Err(ServiceError::TenantSuspended(tenant.slug.clone()));
        }
        Ok(self.caller.clone())
    }
}

impl Catalog {
    /// Who a key belongs to. A key with a wrong checksum costs no query, nor does one that is known.
    ///
    /// # Errors
    /// [`ServiceError::KeyInvalid`] for every reason alike; [`ServiceError::TenantSuspended`] only
    /// for a key that is valid.
    pub async fn authenticate(&self, key: &str, now: Timestamp) -> Result<TenantCaller, ServiceError> {
        let key = ApiKey::parse(key).map_err(|_| ServiceError::KeyInvalid)?;
        let caller = self.by_hash(&key.hash(), now).await?;
        Ok(self.used(caller, now))
    }

    /// Whose key has this hash.
    pub(crate) async fn by_hash(&self, hash: &str, now: Timestamp) -> Result<TenantCaller, ServiceError> {
        if let Some(known) = self.remembered(hash, now) {
            return known;
        }
        let before = *self.forgotten.borrow();
        let found = self.look_up(hash).await?;
        // What was read before a change is not remembered after it.
        let current = *self.forgotten.borrow() == before;
        let Some(record) = found else {
            if current {
                self.unknown_keys.insert(hash.to_owned(), ());
            }
            return Err(ServiceError::KeyInvalid);
        };
        let known = KnownKey::new(record, hash);
        let caller = known.admit(now);
        if current {
            self.keys.insert(hash.to_owned(), known);
        }
        caller
    }

    /// The same for many who ask at once, after everything was forgotten: few of them read.
    pub(crate) async fn look_again(&self, hash: &str, now: Timestamp) -> Result<TenantCaller, ServiceError> {
        if let Some(known) = self.remembered(hash, now) {
            return known;
        }
        // Never closed.
        let _turn = self.turns.acquire().await;
        self.by_hash(hash, now).await
    }

    async fn look_up(&self, hash: &str) -> Result<Option<KeyRecord>, ServiceError> {
        let configuration = self.store.configuration();
        let found = configuration.key_by_hash(hash).await?;
        let first = found.as_ref().filter(|record| record.key_id.is_none() && record.tenant.is_active);
        if let Some(record) = first
            && self.adopt(&record.tenant.id, hash).await
        {
            // Somebody else may have copied it meanwhile, under another id.
            return Ok(configuration.key_by_hash(hash).await?);
        }
        Ok(found)
    }

    /// A key that a script of the first schema put into the tenant's row becomes one like any other
    /// when it is used. Where that does not work now, a later use tries again.
    async fn adopt(&self, tenant: &TenantId, hash: &str) -> bool {
        let id = KeyId::from_uuid((self.mint)());
        let adopted = self.store.configuration().adopt_key(id, tenant, hash).await;
        let failed = |error| tracing::warn!(tenant.id = %tenant, %error, "first key was not copied");
        adopted.map_err(failed).is_ok()
    }

    /// Who a key belongs to, where that is known by heart or certain without looking.
    #[must_use]
    pub fn known(&self, key: &str, now: Timestamp) -> Option<Result<TenantCaller, ServiceError>> {
        match ApiKey::parse(key) {
            Err(_) => Some(Err(ServiceError::KeyInvalid)),
            Ok(key) => Some(self.remembered(&key.hash(), now)?.map(|caller| self.used(caller, now))),
        }
    }

    fn remembered(&self, hash: &str, now: Timestamp) -> Option<Result<TenantCaller, ServiceError>> {
        match self.keys.get(hash) {
            Some(known) => Some(known.admit(now)),
            None => self.unknown_keys.contains_key(hash).then_some(Err(ServiceError::KeyInvalid)),
        }
    }

    fn used(&self, caller: TenantCaller, now: Timestamp) -> TenantCaller {
        if let Some(id) = &caller.key.id {
            self.uses.note(id, now);
        }
        caller
    }
}
