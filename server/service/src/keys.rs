//! A tenant's keys.

use magone_core::grant::Grant;
use magone_core::ids::{KeyId, TenantId};
use magone_core::key::{ApiKey, KeyMode};
use magone_core::slug::Slug;
use magone_core::tenant::Tenant;
use magone_core::time::Timestamp;
use magone_store::{KeyRow, NewKey};
use serde_json::{Value, json};

use crate::audit::Change;
use crate::{AdminCaller, NewKeyRequest, Permission, Rotation, ServiceError, Services};

/// A key, for the only time that it is shown.
#[derive(Clone, Debug)]
pub struct CreatedKey {
    /// How it is listed from now on.
    pub row: KeyRow,
    /// The tenant's short name.
    pub tenant: String,
    /// The key.
    pub key: ApiKey,
}

impl Services {
    /// Gives a tenant one more key; it is shown only now.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] for the tenant, [`ServiceError::Validation`] for what the key is to
    /// be, [`ServiceError::Internal`] when a script of the first schema gave the tenant a slug that no
    /// key can begin with.
    pub async fn add_key(
        &self,
        caller: &AdminCaller,
        request: NewKeyRequest,
    ) -> Result<CreatedKey, ServiceError> {
        caller.require(Permission::WriteKeys)?;
        let tenant = self.tenant_by_slug(&request.tenant).await?;
        let created = self.make_key(&tenant, &Grant::whole(), &request).await?;
        self.note(caller, made(&created)).await?;
        Ok(created)
    }

    /// A tenant's keys, oldest first, revoked ones included.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] or [`ServiceError::NotFound`].
    pub async fn keys(&self, caller: &AdminCaller, tenant: &str) -> Result<Vec<KeyRow>, ServiceError> {
        caller.require(Permission::ReadKeys)?;
        let tenant = self.tenant_by_slug(tenant).await?;
        self.all_keys(&tenant.id).await
    }

    /// Takes a key back, for good.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] or [`ServiceError::NotFound`].
    pub async fn revoke_key(&self, caller: &AdminCaller, id: &str) -> Result<KeyRow, ServiceError> {
        caller.require(Permission::WriteKeys)?;
        let (tenant, key) = self.owned_key(id).await?;
        let after = self.take_back(&tenant, &key).await?;
        self.note(caller, revoked(&key, &after)).await?;
        Ok(after)
    }

    /// Replaces a tenant's key by a new one that may do the same; the old one ends after the rotation's
    /// grace. Where the tenant has several keys that open something, it has to be said which.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] for tenant or key; [`ServiceError::Conflict`] where it is not clear
    /// which key is meant, or it opens nothing any more; [`ServiceError::Validation`].
    pub async fn rotate_tenants_key(
        &self,
        caller: &AdminCaller,
        tenant: &str,
        key: Option<&str>,
        rotation: Rotation,
    ) -> Result<CreatedKey, ServiceError> {
        caller.require(Permission::WriteKeys)?;
        let tenant = self.tenant_by_slug(tenant).await?;
        let old = which(self.all_keys(&tenant.id).await?, key, (self.clock.now)())?;
        let (created, ends) = self.replace_key(tenant, &old, rotation).await?;
        self.note(caller, replaced(&old, ends, &created)).await?;
        Ok(created)
    }

    /// As [`Self::rotate_tenants_key`], for the key of that id.
    ///
    /// # Errors
    /// As there.
    pub async fn rotate_key(
        &self,
        caller: &AdminCaller,
        id: &str,
        rotation: Rotation,
    ) -> Result<CreatedKey, ServiceError> {
        caller.require(Permission::WriteKeys)?;
        let (tenant, key) = self.owned_key(id).await?;
        let tenant = self.store.configuration().tenant(&tenant).await?;
        let tenant = tenant.ok_or_else(|| ServiceError::not_found("Key", id))?;
        let old = which(vec![key], Some(id), (self.clock.now)())?;
        let (created, ends) = self.replace_key(tenant, &old, rotation).await?;
        self.note(caller, replaced(&old, ends, &created)).await?;
        Ok(created)
    }

    pub(crate) async fn make_key(
        &self,
        tenant: &Tenant,
        maker: &Grant,
        request: &NewKeyRequest,
    ) -> Result<CreatedKey, ServiceError> {
        let existing = self.store.tenant(&tenant.id).workflows().await?;
        let existing = existing.into_iter().map(|workflow| workflow.slug);
        let existing: Vec<_> = existing.filter(|slug| maker.reaches(slug)).collect();
        let now = (self.clock.now)();
        let row = KeyRow {
            id: KeyId::from_uuid((self.clock.mint)()),
            name: request.name.trim().to_owned(),
            prefix: String::new(),
            grant: request.judge(now, &existing)?,
            test: request.test,
            rate_limit_per_minute: request.rate_limit_per_minute,
            created_at: now,
            expires_at: request.expires_at,
            last_used_at: None,
            revoked_at: None,
        };
        let (created, stored) = self.mint_key(tenant, row)?;
        self.store.configuration().add_key(&tenant.id, stored).await?;
        self.catalog.forget();
        Ok(created)
    }

    pub(crate) async fn take_back(&self, tenant: &TenantId, key: &KeyRow) -> Result<KeyRow, ServiceError> {
        self.store.configuration().revoke_key(tenant, &key.id, (self.clock.now)()).await?;
        self.catalog.forget();
        Ok(self.owned_key(key.id.as_str()).await?.1)
    }

    /// The new key, and when the old one ends.
    pub(crate) async fn replace_key(
        &self,
        tenant: Tenant,
        old: &KeyRow,
        rotation: Rotation,
    ) -> Result<(CreatedKey, Timestamp), ServiceError> {
        let now = (self.clock.now)();
        let ends = rotation.ends(now)?;
        // What would have ended sooner still does.
        let ends = old.expires_at.map_or(ends, |at| at.min(ends));
        let row = KeyRow {
            id: KeyId::from_uuid((self.clock.mint)()),
            created_at: now,
            // As long a life as the old one had.
            expires_at: old.expires_at.map(|at| now.plus_millis(at.millis_since(old.created_at))),
            last_used_at: None,
            ..old.clone()
        };
        let (created, stored) = self.mint_key(&tenant, row)?;
        self.store.configuration().rotate_key(&tenant.id, &old.id, stored, now, ends).await?;
        self.catalog.forget();
        Ok((created, ends))
    }

    fn mint_key(&self, tenant: &Tenant, row: KeyRow) -> Result<(CreatedKey, NewKey), ServiceError> {
        let unusable = |why| ServiceError::Internal(format!("tenant '{}': {why}", tenant.slug));
        let slug = Slug::parse(tenant.slug.clone()).map_err(unusable)?;
        let mode = if row.test { KeyMode::Test } else { KeyMode::Live };
        let key = ApiKey::from_random(&slug, mode, (self.clock.random)());
        let row = KeyRow { prefix: key.display_prefix().to_owned(), ..row };
        let stored = NewKey {
            id: row.id.clone(),
            hash: key.hash(),
            prefix: row.prefix.clone(),
            name: row.name.clone(),
            grant: row.grant.clone(),
            test: row.test,
            rate_limit_per_minute: row.rate_limit_per_minute,
            expires_at: row.expires_at,
        };
        Ok((CreatedKey { row, tenant: tenant.slug.clone(), key }, stored))
    }

    /// All keys, the one that a script left in the tenant's own row included.
    pub(crate) async fn all_keys(&self, tenant: &TenantId) -> Result<Vec<KeyRow>, ServiceError> {
        let configuration = self.store.configuration();
        configuration.adopt_first_key(tenant, KeyId::from_uuid((self.clock.mint)())).await?;
        Ok(configuration.keys(tenant).await?)
    }

    async fn owned_key(&self, id: &str) -> Result<(TenantId, KeyRow), ServiceError> {
        let found = self.store.configuration().key_owner(&KeyId::from_text(id)).await?;
        found.ok_or_else(|| ServiceError::not_found("Key", id))
    }
}

/// The key that is meant.
pub(crate) fn which(keys: Vec<KeyRow>, id: Option<&str>, now: Timestamp) -> Result<KeyRow, ServiceError> {
    let opens = |key: &KeyRow| key.revoked_at.is_none() && key.expires_at.is_none_or(|at| at > now);
    if let Some(id) = id {
        let found = keys.into_iter().find(|key| key.id.as_str() == id);
        let found = found.ok_or_else(|| ServiceError::not_found("Key", id))?;
        let over = || ServiceError::Conflict(format!("Key '{id}' opens nothing any more; make a new one"));
        return if opens(&found) { Ok(found) } else { Err(over()) };
    }
    let mut open = keys.into_iter().filter(opens);
    match (open.next(), open.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => {
            Err(ServiceError::Conflict("There is no key that could be replaced; make a new one".to_owned()))
        }
        (Some(first), Some(second)) => {
            let ids = [first, second].into_iter().chain(open).map(|key| format!("{} ({})", key.id, key.name));
            let ids = ids.collect::<Vec<_>>().join(", ");
            Err(ServiceError::Conflict(format!(
                "The tenant has several keys; say which one to replace: {ids}"
            )))
        }
    }
}

/// What a key may do, for the audit log and for whoever reads a list.
#[must_use]
pub fn granted(grant: &Grant) -> (Value, Value) {
    let scopes: Value = grant.scopes.iter().map(|scope| scope.as_str()).collect();
    (scopes, json!(grant.workflows))
}

pub(crate) fn made(key: &CreatedKey) -> Change<'_> {
    let (scopes, workflows) = granted(&key.row.grant);
    Change::new("key.created", ("api_key", key.row.id.as_str())).to(json!({
        "tenant": key.tenant,
        "name": key.row.name,
        "prefix": key.row.prefix,
        "scopes": scopes,
        "workflows": workflows,
        "expires_at": key.row.expires_at,
    }))
}

pub(crate) fn revoked<'a>(before: &'a KeyRow, after: &KeyRow) -> Change<'a> {
    Change::new("key.revoked", ("api_key", before.id.as_str()))
        .from(json!({"revoked_at": before.revoked_at}))
        .to(json!({"revoked_at": after.revoked_at}))
}

pub(crate) fn replaced<'a>(old: &'a KeyRow, ends: Timestamp, new: &CreatedKey) -> Change<'a> {
    Change::new("key.rotated", ("api_key", old.id.as_str()))
        .from(json!({"expires_at": old.expires_at}))
        .to(json!({"expires_at": ends, "replaced_by": new.row.id}))
}
