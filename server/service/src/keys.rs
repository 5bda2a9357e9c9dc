//! A tenant's keys.

use magone_core::ids::{KeyId, TenantId};
use magone_core::key::{ApiKey, KeyMode};
use magone_core::slug::Slug;
use magone_core::tenant::Tenant;
use magone_core::time::Timestamp;
use magone_core::workflow::Problem;
use magone_store::{KeyRow, NewKey};
use serde_json::{Value, json};

use crate::audit::Change;
use crate::members::Members;
use crate::{AdminCaller, Permission, ServiceError, Services};

/// Seconds that a key goes on beside the one that replaces it, at most: 30 days.
const GRACE_MOST: u32 = 2_592_000;

/// What a key is made of.
#[derive(Clone, Debug, Default)]
pub struct NewKeyRequest {
    /// The tenant's short name.
    pub tenant: String,
    /// What people call it.
    pub name: String,
    /// Whether its runs are scripted.
    pub test: bool,
    /// When it ends by itself; `None`: never.
    pub expires_at: Option<Timestamp>,
}

impl NewKeyRequest {
    /// From the body `{tenant, name, test?, expires_at?}`.
    ///
    /// # Errors
    /// [`ServiceError::Validation`] with every problem of its form.
    pub fn from_json(body: Value) -> Result<Self, ServiceError> {
        let mut members = Members::of("key", body)?;
        let request = Self {
            tenant: members.needed_text("tenant"),
            name: members.needed_text("name"),
            test: members.flag("test").unwrap_or_default(),
            expires_at: members.time("expires_at"),
        };
        members.end()?;
        Ok(request)
    }
}

/// How a key is replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotation {
    /// Seconds that the old key goes on beside the new one.
    pub grace_seconds: u32,
}

impl Rotation {
    /// From the body `{grace_seconds?}`, or none.
    ///
    /// # Errors
    /// [`ServiceError::Validation`] with every problem of its form.
    pub fn from_json(body: Value) -> Result<Self, ServiceError> {
        let body = if body.is_null() { json!({}) } else { body };
        let mut members = Members::of("rotation", body)?;
        let grace_seconds = members.number("grace_seconds", GRACE_MOST).flatten().unwrap_or_default();
        members.end()?;
        Ok(Self { grace_seconds })
    }
}

/// A key, for the only time that it is shown.
#[derive(Clone, Debug)]
pub struct CreatedKey {
    /// Its id.
    pub id: KeyId,
    /// The tenant's short name.
    pub tenant: String,
    /// What people call it.
    pub name: String,
    /// When it ends by itself; `None`: never.
    pub expires_at: Option<Timestamp>,
    /// The key.
    pub key: ApiKey,
}

impl Services {
    /// Gives a tenant one more key; it is shown only now.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] for the tenant, [`ServiceError::Validation`] for name and time,
    /// [`ServiceError::Internal`] when a script of the first schema gave the tenant a slug that no
    /// key can begin with.
    pub async fn add_key(
        &self,
        caller: &AdminCaller,
        request: NewKeyRequest,
    ) -> Result<CreatedKey, ServiceError> {
        caller.require(Permission::WriteKeys)?;
        let tenant = self.tenant_by_slug(&request.tenant).await?;
        let problems = problems(&request, (self.clock.now)());
        if !problems.is_empty() {
            return Err(ServiceError::invalid("key", problems));
        }
        let mode = if request.test { KeyMode::Test } else { KeyMode::Live };
        let (key, row) = self.mint_key(&tenant, request.name.trim(), mode, request.expires_at)?;
        let id = row.id.clone();
        self.store.configuration().add_key(&tenant.id, row).await?;
        self.catalog.forget();
        let created =
            CreatedKey { id, tenant: tenant.slug, name: request.name, expires_at: request.expires_at, key };
        self.note(caller, Change::new("key.created", ("api_key", created.id.as_str())).to(noted(&created)))
            .await?;
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
        self.store.configuration().revoke_key(&tenant, &key.id, (self.clock.now)()).await?;
        self.catalog.forget();
        let (_, after) = self.owned_key(id).await?;
        let change = Change::new("key.revoked", ("api_key", id));
        let change = change.from(json!({"revoked_at": key.revoked_at}));
        self.note(caller, change.to(json!({"revoked_at": after.revoked_at}))).await?;
        Ok(after)
    }

    /// Replaces a tenant's key by a new one; the old one ends after the rotation's grace. Where the
    /// tenant has several keys that open something, it has to be said which.
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
        self.replace_key(caller, tenant, old, rotation).await
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
        self.replace_key(caller, tenant, old, rotation).await
    }

    async fn replace_key(
        &self,
        caller: &AdminCaller,
        tenant: Tenant,
        old: KeyRow,
        rotation: Rotation,
    ) -> Result<CreatedKey, ServiceError> {
        if rotation.grace_seconds > GRACE_MOST {
            let detail = format!("'grace_seconds' is at most {GRACE_MOST} (30 days)");
            return Err(ServiceError::invalid("rotation", vec![Problem::new("/grace_seconds", detail)]));
        }
        let now = (self.clock.now)();
        let mode = if old.test { KeyMode::Test } else { KeyMode::Live };
        let (key, row) = self.mint_key(&tenant, &old.name, mode, None)?;
        let id = row.id.clone();
        let ends = now.plus_millis(u64::from(rotation.grace_seconds) * 1_000);
        // What would have ended sooner still does.
        let ends = old.expires_at.map_or(ends, |at| at.min(ends));
        self.store.configuration().rotate_key(&tenant.id, &old.id, row, now, ends).await?;
        self.catalog.forget();
        let created = CreatedKey { id, tenant: tenant.slug, name: old.name, expires_at: None, key };
        let change = Change::new("key.rotated", ("api_key", old.id.as_str()));
        let change = change.from(json!({"expires_at": old.expires_at}));
        self.note(caller, change.to(json!({"expires_at": ends, "replaced_by": created.id}))).await?;
        Ok(created)
    }

    fn mint_key(
        &self,
        tenant: &Tenant,
        name: &str,
        mode: KeyMode,
        expires_at: Option<Timestamp>,
    ) -> Result<(ApiKey, NewKey), ServiceError> {
        let unusable = |why| ServiceError::Internal(format!("tenant '{}': {why}", tenant.slug));
        let slug = Slug::parse(tenant.slug.clone()).map_err(unusable)?;
        let key = ApiKey::from_random(&slug, mode, (self.clock.random)());
        let row = NewKey {
            id: KeyId::from_uuid((self.clock.mint)()),
            hash: key.hash(),
            prefix: key.display_prefix().to_owned(),
            name: name.to_owned(),
            scopes: Vec::new(),
            test: mode == KeyMode::Test,
            expires_at,
        };
        Ok((key, row))
    }

    /// All keys, the one that a script left in the tenant's own row included.
    async fn all_keys(&self, tenant: &TenantId) -> Result<Vec<KeyRow>, ServiceError> {
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
fn which(keys: Vec<KeyRow>, id: Option<&str>, now: Timestamp) -> Result<KeyRow, ServiceError> {
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

fn problems(request: &NewKeyRequest, now: Timestamp) -> Vec<Problem> {
    let mut problems = Vec::new();
    if !(1..=255).contains(&request.name.trim().chars().count()) {
        problems.push(Problem::new("/name", "A key's name has 1 to 255 characters"));
    }
    if request.expires_at.is_some_and(|at| at <= now) {
        problems.push(Problem::new("/expires_at", "A key ends in the future"));
    }
    problems
}

fn noted(key: &CreatedKey) -> Value {
    json!({
        "tenant": key.tenant,
        "name": key.name,
        "prefix": key.key.display_prefix(),
        "expires_at": key.expires_at,
    })
}
