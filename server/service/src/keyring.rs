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
        let caller = TenantCaller { tenant: Arc::new(record.tenant), key: Arc::new(key) };
        Self { caller, revoked: record.revoked }
    }

    fn admit(&self, now: Timestamp) -> Result<TenantCaller, ServiceError> {
        let TenantCaller { tenant, key } = &self.caller;
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
    /// Who a key belongs to. A key with a wrong checksum costs no query.
    ///
    /// # Errors
    /// [`ServiceError::KeyInvalid`] for every reason alike; [`ServiceError::TenantSuspended`] only
    /// for a key that is valid.
    pub async fn authenticate(&self, key: &str, now: Timestamp) -> Result<TenantCaller, ServiceError> {
        let key = ApiKey::parse(key).map_err(|_| ServiceError::KeyInvalid)?;
        let hash = key.hash();
        if let Some(known) = self.keys.get(&hash) {
            return known.admit(now);
        }
        let found = self.store.configuration().key_by_hash(&hash).await?;
        let mut record = found.ok_or(ServiceError::KeyInvalid)?;
        let opens = !record.revoked && record.tenant.is_active;
        if record.key_id.is_none() && opens {
            record.key_id = self.adopt(&record.tenant.id, &hash).await;
        }
        let known = KnownKey::new(record, &hash);
        let caller = known.admit(now);
        self.keys.insert(hash, known);
        caller
    }

    /// A key that a script of the first schema put into the tenant's row becomes one like any other
    /// when it is used. Where that does not work now, a later use tries again.
    async fn adopt(&self, tenant: &TenantId, hash: &str) -> Option<KeyId> {
        let id = KeyId::from_uuid((self.mint)());
        let adopted = self.store.configuration().adopt_key(id.clone(), tenant, hash).await;
        let failed = |error| tracing::warn!(tenant.id = %tenant, %error, "first key was not copied");
        adopted.map_err(failed).ok().map(|()| id)
    }

    /// Who a key belongs to, where that is known by heart or certain without looking.
    #[must_use]
    pub fn known(&self, key: &str, now: Timestamp) -> Option<Result<TenantCaller, ServiceError>> {
        match ApiKey::parse(key) {
            Err(_) => Some(Err(ServiceError::KeyInvalid)),
            Ok(key) => self.keys.get(&key.hash()).map(|known| known.admit(now)),
        }
    }
}
