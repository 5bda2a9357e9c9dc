//! API keys. Only hashes are stored. A tenant that was made by a script of the first schema has
//! its key in its own row alone; the lookup covers both places.

use magone_core::grant::Grant;
use magone_core::ids::{KeyId, TenantId};
use magone_core::ports::StoreError;
use magone_core::tenant::Tenant;
use magone_core::time::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, InsertStatement, Order, Query};
use sea_orm::{DatabaseTransaction, EntityTrait, QueryTrait};
use serde_json::{Value, json};

use super::Configuration;
use crate::clock;
use crate::entity::api_key::{Column, Entity, Model};
use crate::entity::tenant;
use crate::row::{self, damaged};

/// A key to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    /// Identity, minted by the caller.
    pub id: KeyId,
    /// SHA-256 of the key, hexadecimal.
    pub hash: String,
    /// The part of the key that may be shown.
    pub prefix: String,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub grant: Grant,
    /// Whether its runs are scripted.
    pub test: bool,
    /// Starts of runs per minute; `None`: only the tenant's own limit.
    pub rate_limit_per_minute: Option<u32>,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
}

/// What a key opens. Whether it still does, by time and state, is for the caller to judge.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyRecord {
    /// The key; `None` for a key that stands in the tenant's own row alone.
    pub key_id: Option<KeyId>,
    /// Whose it is.
    pub tenant: Tenant,
    /// What it may do.
    pub grant: Grant,
    /// Whether its runs are scripted.
    pub test: bool,
    /// Starts of runs per minute; `None`: only the tenant's own limit.
    pub rate_limit_per_minute: Option<u32>,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// Whether it was taken back.
    pub revoked: bool,
}

/// A key as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRow {
    /// Identity.
    pub id: KeyId,
    /// What people call it.
    pub name: String,
    /// The part of the key that may be shown.
    pub prefix: String,
    /// What it may do.
    pub grant: Grant,
    /// Whether its runs are scripted.
    pub test: bool,
    /// Starts of runs per minute; `None`: only the tenant's own limit.
    pub rate_limit_per_minute: Option<u32>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was last noted to be used.
    pub last_used_at: Option<Timestamp>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
}

impl Configuration {
    /// What the key with this hash opens; nothing where its tenant is deleted.
    ///
    /// # Errors
    /// What the database says.
    pub async fn key_by_hash(&self, hash: &str) -> Result<Option<KeyRecord>, StoreError> {
        let mut query = Entity::find().into_query();
        query.and_where(Expr::col(Column::KeyHash).eq(hash));
        let Some(key) = self.store.reader().one::<Model>(query).await? else {
            return self.first_key(hash).await;
        };
        let Some(tenant) = self.tenant(&TenantId::from_text(key.tenant_id.as_str())).await? else {
            return Ok(None);
        };
        Ok(Some(KeyRecord {
            grant: grant(&key)?,
            rate_limit_per_minute: limit(&key)?,
            key_id: Some(KeyId::from_text(key.id)),
            tenant,
            test: key.is_test,
            expires_at: key.expires_at.map(Timestamp::from_millis),
            revoked: key.revoked_at.is_some(),
        }))
    }

    /// Adds a key to a tenant.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the id or the hash is taken, [`StoreError::NotFound`] when
    /// there is no such tenant.
    pub async fn add_key(&self, tenant: &TenantId, key: NewKey) -> Result<(), StoreError> {
        let tenant = tenant.clone();
        self.store
            .writer()
            .change(move |transaction| Box::pin(async move { add(transaction, &tenant, &key).await }))
            .await
    }

    /// A tenant's keys, oldest first, revoked ones included.
    ///
    /// # Errors
    /// What the database says.
    pub async fn keys(&self, tenant: &TenantId) -> Result<Vec<KeyRow>, StoreError> {
        let mut query = Entity::find().into_query();
        query.and_where(Expr::col(Column::TenantId).eq(tenant.as_str())).order_by(Column::Id, Order::Asc);
        let models: Vec<Model> = self.store.reader().all(query).await?;
        models.into_iter().map(KeyRow::try_from).collect()
    }

    /// The key of that id, with the id of its tenant.
    ///
    /// # Errors
    /// What the database says.
    pub async fn key_owner(&self, key: &KeyId) -> Result<Option<(TenantId, KeyRow)>, StoreError> {
        let model: Option<Model> =
            self.store.reader().one(Entity::find_by_id(key.as_str()).into_query()).await?;
        let owned = |model: Model| Ok((TenantId::from_text(model.tenant_id.clone()), model.try_into()?));
        model.map(owned).transpose()
    }

    /// Adds a key and lets another one end at `ends`, or at once where that has passed: in one
    /// transaction, so that the tenant is never without one.
    ///
    /// # Errors
    /// As [`Self::add_key`] and [`Self::revoke_key`].
    pub async fn rotate_key(
        &self,
        tenant: &TenantId,
        old: &KeyId,
        new: NewKey,
        now: Timestamp,
        ends: Timestamp,
    ) -> Result<(), StoreError> {
        let (tenant, old) = (tenant.clone(), old.clone());
        let mut expire = Query::update();
        expire
            .table(Entity)
            .value(Column::ExpiresAt, ends.millis())
            .and_where(Expr::col(Column::Id).eq(old.as_str()));
        self.store
            .writer()
            .change(move |transaction| {
                Box::pin(async move {
                    add(transaction, &tenant, &new).await?;
                    match ends <= now {
                        true => revoke(transaction, &tenant, &old, now).await,
                        false => row::execute(transaction, &expire).await.map(|_| ()),
                    }
                })
            })
            .await
    }

    /// Takes a key back, for good. Where it is also the key in the tenant's own row, that one is
    /// overwritten, so that no lookup finds it there.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the tenant has no such key.
    pub async fn revoke_key(&self, tenant: &TenantId, key: &KeyId, at: Timestamp) -> Result<(), StoreError> {
        let (tenant, key) = (tenant.clone(), key.clone());
        self.store
            .writer()
            .change(move |transaction| Box::pin(async move { revoke(transaction, &tenant, &key, at).await }))
            .await
    }

    /// Notes that keys were used. Not a change of the configuration.
    ///
    /// # Errors
    /// What the database says. Unknown keys are passed over.
    pub async fn touch_keys(&self, used: Vec<(KeyId, Timestamp)>) -> Result<(), StoreError> {
        self.store
            .writer()
            .change(move |transaction| {
                Box::pin(async move {
                    for (key, at) in used {
                        let mut update = Query::update();
                        update
                            .table(Entity)
                            .value(Column::LastUsedAt, at.millis())
                            .and_where(Expr::col(Column::Id).eq(key.as_str()));
                        row::execute(transaction, &update).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    async fn first_key(&self, hash: &str) -> Result<Option<KeyRecord>, StoreError> {
        let tenant = self.living(Expr::col(tenant::Column::ApiKeyHash).eq(hash)).await?;
        Ok(tenant.map(|tenant| KeyRecord {
            key_id: None,
            tenant,
            grant: Grant::default(),
            test: false,
            rate_limit_per_minute: None,
            expires_at: None,
            revoked: false,
        }))
    }
}

pub(super) async fn add(
    transaction: &DatabaseTransaction,
    tenant: &TenantId,
    key: &NewKey,
) -> Result<(), StoreError> {
    row::execute(transaction, &addition(tenant, key)?).await.map(|_| ())
}

pub(super) fn addition(tenant: &TenantId, key: &NewKey) -> Result<InsertStatement, StoreError> {
    let scopes: Value = key.grant.scopes.iter().map(|scope| scope.as_str()).collect();
    let workflows = key.grant.workflows.as_ref().map(|workflows| json!(workflows).to_string());
    row::insert(
        Entity,
        [
            (Column::Id, key.id.as_str().into()),
            (Column::TenantId, tenant.as_str().into()),
            (Column::Name, key.name.as_str().into()),
            (Column::KeyHash, key.hash.as_str().into()),
            (Column::KeyPrefix, key.prefix.as_str().into()),
            (Column::Scopes, scopes.to_string().into()),
            (Column::Workflows, workflows.into()),
            (
                Column::RateLimitPerMinute,
                key.rate_limit_per_minute.map(|most| i32::try_from(most).unwrap_or(i32::MAX)).into(),
            ),
            (Column::IsTest, key.test.into()),
            (Column::CreatedAt, clock::now().millis().into()),
            (Column::ExpiresAt, key.expires_at.map(Timestamp::millis).into()),
        ],
    )
}

async fn revoke(
    transaction: &DatabaseTransaction,
    tenant: &TenantId,
    key: &KeyId,
    at: Timestamp,
) -> Result<(), StoreError> {
    let mut query = Entity::find_by_id(key.as_str()).into_query();
    query.and_where(Expr::col(Column::TenantId).eq(tenant.as_str()));
    let found: Model =
        row::one(transaction, &query).await?.ok_or_else(|| StoreError::NotFound(format!("key {key}")))?;
    let mut update = Query::update();
    update
        .table(Entity)
        .value(Column::RevokedAt, found.revoked_at.unwrap_or(at.millis()))
        .and_where(Expr::col(Column::Id).eq(key.as_str()));
    row::execute(transaction, &update).await?;
    let mut overwrite = Query::update();
    overwrite
        .table(tenant::Entity)
        .value(tenant::Column::ApiKeyHash, format!("revoked:{key}"))
        .and_where(Expr::col(tenant::Column::Id).eq(tenant.as_str()))
        .and_where(Expr::col(tenant::Column::ApiKeyHash).eq(found.key_hash));
    row::execute(transaction, &overwrite).await.map(|_| ())
}

fn grant(model: &Model) -> Result<Grant, StoreError> {
    let scopes: Vec<String> = serde_json::from_str(&model.scopes).map_err(|_| damaged("list of scopes"))?;
    let workflows = model.workflows.as_deref().map(serde_json::from_str).transpose();
    Ok(Grant::stored(&scopes, workflows.map_err(|_| damaged("list of workflows"))?))
}

fn limit(model: &Model) -> Result<Option<u32>, StoreError> {
    let limit = model.rate_limit_per_minute.map(u32::try_from).transpose();
    limit.map_err(|_| damaged("limit of a key"))
}

impl TryFrom<Model> for KeyRow {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        Ok(Self {
            grant: grant(&model)?,
            rate_limit_per_minute: limit(&model)?,
            id: KeyId::from_text(model.id),
            name: model.name,
            prefix: model.key_prefix,
            test: model.is_test,
            created_at: Timestamp::from_millis(model.created_at),
            expires_at: model.expires_at.map(Timestamp::from_millis),
            last_used_at: model.last_used_at.map(Timestamp::from_millis),
            revoked_at: model.revoked_at.map(Timestamp::from_millis),
        })
    }
}
