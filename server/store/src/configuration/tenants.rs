//! Tenants.

use magone_core::ids::TenantId;
use magone_core::ports::StoreError;
use magone_core::tenant::Tenant;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use sea_orm::{DatabaseTransaction, EntityTrait, QueryTrait};
use serde_json::{Map, Value};

use super::{Configuration, NewKey, keys};
use crate::clock;
use crate::entity::tenant::{Column, Entity, Model};
use crate::row;

/// A tenant to be made, with its first key.
#[derive(Clone, Debug)]
pub struct NewTenant {
    /// Identity, minted by the caller.
    pub id: TenantId,
    /// What people call it.
    pub name: String,
    /// Unique short name.
    pub slug: String,
    /// Starts of runs per minute; `None`: no limit.
    pub rate_limit_per_minute: Option<u32>,
    /// Its first key.
    pub key: NewKey,
}

impl Configuration {
    /// Makes a tenant with its first key. The key also fills the columns that the first schema has
    /// for it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the slug, the id or the key is taken.
    pub async fn create_tenant(&self, new: NewTenant) -> Result<Tenant, StoreError> {
        let tenant = Tenant {
            id: new.id.clone(),
            name: new.name.clone(),
            slug: new.slug.clone(),
            is_active: true,
            rate_limit_per_minute: new.rate_limit_per_minute,
            settings: Value::Object(Map::new()),
        };
        self.store
            .writer()
            .change(move |transaction| Box::pin(async move { create(transaction, &new).await }))
            .await?;
        Ok(tenant)
    }

    /// All tenants by slug, without deleted ones.
    ///
    /// # Errors
    /// What the database says; so for every function that only reads.
    pub async fn tenants(&self) -> Result<Vec<Tenant>, StoreError> {
        let mut query = Entity::find().into_query();
        query.and_where(Expr::col(Column::DeletedAt).is_null()).order_by(Column::Slug, Order::Asc);
        let models: Vec<Model> = self.store.reader().all(query).await?;
        Ok(models.into_iter().map(Tenant::from).collect())
    }

    /// One tenant, unless it is deleted.
    ///
    /// # Errors
    /// As above.
    pub async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>, StoreError> {
        self.living(Expr::col(Column::Id).eq(id.as_str())).await
    }

    /// One tenant, also a deleted one: its runs stay visible to admins until they are erased.
    ///
    /// # Errors
    /// As above.
    pub async fn tenant_or_deleted(&self, id: &TenantId) -> Result<Option<Tenant>, StoreError> {
        let model: Option<Model> =
            self.store.reader().one(Entity::find_by_id(id.as_str()).into_query()).await?;
        Ok(model.map(Tenant::from))
    }

    /// One tenant by its short name, unless it is deleted.
    ///
    /// # Errors
    /// As above.
    pub async fn tenant_by_slug(&self, slug: &str) -> Result<Option<Tenant>, StoreError> {
        self.living(Expr::col(Column::Slug).eq(slug)).await
    }

    /// Switches a tenant on or off.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is none of that id.
    pub async fn set_tenant_active(&self, id: &TenantId, active: bool) -> Result<(), StoreError> {
        let mut update = Query::update();
        update
            .table(Entity)
            .value(Column::IsActive, active)
            .value(Column::UpdatedAt, self.store.dialect().time(Some(clock::now())))
            .and_where(Expr::col(Column::Id).eq(id.as_str()))
            .and_where(Expr::col(Column::DeletedAt).is_null());
        match self.store.writer().execute(update).await? {
            0 => Err(StoreError::NotFound(format!("tenant {id}"))),
            _ => Ok(()),
        }
    }

    pub(super) async fn living(&self, which: Expr) -> Result<Option<Tenant>, StoreError> {
        let mut query = Entity::find().into_query();
        query.and_where(which).and_where(Expr::col(Column::DeletedAt).is_null());
        let model: Option<Model> = self.store.reader().one(query).await?;
        Ok(model.map(Tenant::from))
    }
}

async fn create(transaction: &DatabaseTransaction, new: &NewTenant) -> Result<(), StoreError> {
    let mut taken = Entity::find().into_query();
    taken.and_where(Expr::col(Column::Slug).eq(new.slug.as_str()));
    if row::one::<Model>(transaction, &taken).await?.is_some() {
        return Err(StoreError::Conflict(format!("slug '{}' is taken", new.slug)));
    }
    let limit = new.rate_limit_per_minute.map(|limit| i32::try_from(limit).unwrap_or(i32::MAX));
    let insert = row::insert(
        Entity,
        [
            (Column::Id, new.id.as_str().into()),
            (Column::Name, new.name.as_str().into()),
            (Column::Slug, new.slug.as_str().into()),
            (Column::ApiKeyHash, new.key.hash.as_str().into()),
            (Column::ApiKeyPrefix, new.key.prefix.as_str().into()),
            (Column::RateLimitPerMinute, limit.into()),
        ],
    )?;
    row::execute(transaction, &insert).await?;
    keys::add(transaction, &new.id, &new.key).await
}

impl From<Model> for Tenant {
    fn from(model: Model) -> Self {
        Self {
            id: TenantId::from_text(model.id),
            name: model.name,
            slug: model.slug,
            // The column may be NULL, and what was never switched on is off.
            is_active: model.is_active.unwrap_or(false),
            rate_limit_per_minute: model.rate_limit_per_minute.map(|limit| u32::try_from(limit).unwrap_or(0)),
            settings: match model.settings {
                None | Some(Value::Null) => Value::Object(Map::new()),
                Some(settings) => settings,
            },
        }
    }
}
