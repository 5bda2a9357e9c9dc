//! Sealed secrets, by name. What is in them only the vault knows.

use magone_core::ids::{EndpointId, TenantId};
use magone_core::ports::StoreError;
use magone_core::time::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr, OnConflict, Order, Query};
use sea_orm::{Condition, EntityTrait, QueryTrait};

use crate::clock;
use crate::entity::secret::{Column, Entity, Model};
use crate::row;
use crate::store::Store;

/// A secret as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretRow {
    /// Its name.
    pub id: String,
    /// The secret, sealed.
    pub sealed: String,
    /// The one before, sealed, while it still counts.
    pub previous: Option<String>,
    /// Until when the one before counts.
    pub previous_until: Option<Timestamp>,
}

/// The door to sealed secrets.
#[derive(Clone, Debug)]
pub struct Secrets {
    store: Store,
}

/// Name of the secret that a tenant's own URLs are signed with.
pub(super) fn of_tenant(id: &TenantId) -> String {
    format!("webhook:{id}")
}

/// Name of an endpoint's secret.
pub(super) fn of_endpoint(id: &EndpointId) -> String {
    format!("webhook:{id}")
}

impl Secrets {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Name of the secret that a tenant's own URLs are signed with.
    #[must_use]
    pub fn of_tenant(id: &TenantId) -> String {
        of_tenant(id)
    }

    /// Name of an endpoint's secret.
    #[must_use]
    pub fn of_endpoint(id: &EndpointId) -> String {
        of_endpoint(id)
    }

    /// The secret of that name.
    ///
    /// # Errors
    /// What the database says; so for every function here.
    pub async fn find(&self, id: &str) -> Result<Option<SecretRow>, StoreError> {
        let model: Option<Model> = self.store.reader().one(Entity::find_by_id(id).into_query()).await?;
        Ok(model.map(SecretRow::from))
    }

    /// Keeps a secret, unless there is one of that name; the one that is kept.
    ///
    /// # Errors
    /// As above.
    pub async fn keep(
        &self,
        id: &str,
        tenant: Option<&TenantId>,
        sealed: String,
    ) -> Result<SecretRow, StoreError> {
        let now = clock::now().millis();
        let mut insert = row::insert(
            Entity,
            [
                (Column::Id, id.into()),
                (Column::TenantId, tenant.map(|tenant| tenant.as_str().to_owned()).into()),
                (Column::Sealed, sealed.into()),
                (Column::CreatedAt, now.into()),
                (Column::UpdatedAt, now.into()),
            ],
        )?;
        insert.on_conflict(OnConflict::column(Column::Id).do_nothing().to_owned());
        let query = Entity::find_by_id(id).into_query();
        let name = id.to_owned();
        let kept = self.store.writer().change(move |transaction| {
            Box::pin(async move {
                row::execute(transaction, &insert).await?;
                let kept: Option<Model> = row::one(transaction, &query).await?;
                kept.map(SecretRow::from).ok_or_else(|| StoreError::NotFound(format!("secret {name}")))
            })
        });
        kept.await
    }

    /// Replaces a secret that is still as `before`; whether it was.
    ///
    /// # Errors
    /// As above.
    pub async fn replace(&self, before: &SecretRow, after: SecretRow) -> Result<bool, StoreError> {
        let mut update = Query::update();
        update
            .table(Entity)
            .value(Column::Sealed, after.sealed)
            .value(Column::Previous, after.previous)
            .value(Column::PreviousUntil, after.previous_until.map(Timestamp::millis))
            .value(Column::UpdatedAt, clock::now().millis())
            .and_where(Expr::col(Column::Id).eq(before.id.as_str()))
            .and_where(Expr::col(Column::Sealed).eq(before.sealed.as_str()));
        Ok(self.store.writer().execute(update).await? > 0)
    }

    /// Secrets that, or whose one before, do not begin with `mark`: sealed with an older key. In the
    /// order of their names, after `after`.
    ///
    /// # Errors
    /// As above.
    pub async fn unlike(
        &self,
        mark: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<SecretRow>, StoreError> {
        let like = || LikeExpr::new(format!("{mark}%"));
        let mut query = Entity::find().into_query();
        query
            .cond_where(
                Condition::any()
                    .add(Expr::col(Column::Sealed).not_like(like()))
                    .add(Expr::col(Column::Previous).not_like(like())),
            )
            .order_by(Column::Id, Order::Asc)
            .limit(u64::from(limit));
        if let Some(after) = after {
            query.and_where(Expr::col(Column::Id).gt(after));
        }
        let models: Vec<Model> = self.store.reader().all(query).await?;
        Ok(models.into_iter().map(SecretRow::from).collect())
    }
}

impl From<Model> for SecretRow {
    fn from(model: Model) -> Self {
        Self {
            id: model.id,
            sealed: model.sealed,
            previous: model.previous,
            previous_until: model.previous_until.map(Timestamp::from_millis),
        }
    }
}
