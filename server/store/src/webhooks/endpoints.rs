//! A tenant's endpoints.

use magone_core::ids::EndpointId;
use magone_core::ports::StoreError;
use magone_core::time::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query, UpdateStatement};
use sea_orm::{EntityTrait, QueryTrait, Value};

use super::row::EndpointRow;
use super::{DeliveryStatus, secrets};
use crate::entity::endpoint::{Column, Entity, Model};
use crate::entity::{delivery, secret};
use crate::row;
use crate::scope::TenantScope;

/// An endpoint to be registered.
#[derive(Clone, Debug)]
pub struct NewEndpoint {
    /// Identity, minted by the caller.
    pub id: EndpointId,
    /// Where to.
    pub url: String,
    /// What people call it.
    pub description: Option<String>,
    /// Words of the events that it asks for; `None`: all.
    pub events: Option<Vec<String>>,
    /// When it is registered.
    pub at: Timestamp,
}

/// What changes about an endpoint; `None` leaves it as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointPatch {
    /// Where to.
    pub url: Option<String>,
    /// What people call it.
    pub description: Option<Option<String>>,
    /// Words of the events that it asks for; `Some(None)`: all.
    pub events: Option<Option<Vec<String>>>,
    /// Whether anything is sent. Switching it on forgets that it failed.
    pub enabled: Option<bool>,
}

impl TenantScope {
    /// Its endpoints, oldest first.
    ///
    /// # Errors
    /// What the database says; so for every function here.
    pub async fn webhook_endpoints(&self) -> Result<Vec<EndpointRow>, StoreError> {
        let mut query = Entity::find().into_query();
        query
            .and_where(Expr::col(Column::TenantId).eq(self.tenant.as_str()))
            .order_by(Column::Id, Order::Asc);
        let models: Vec<Model> = self.store.reader().all(query).await?;
        models.into_iter().map(EndpointRow::try_from).collect()
    }

    /// One of its endpoints.
    ///
    /// # Errors
    /// As above.
    pub async fn webhook_endpoint(&self, id: &EndpointId) -> Result<Option<EndpointRow>, StoreError> {
        let mut query = Entity::find_by_id(id.as_str()).into_query();
        query.and_where(Expr::col(Column::TenantId).eq(self.tenant.as_str()));
        let model: Option<Model> = self.store.reader().one(query).await?;
        model.map(EndpointRow::try_from).transpose()
    }

    /// Registers an endpoint.
    ///
    /// # Errors
    /// As above.
    pub async fn add_webhook_endpoint(&self, new: NewEndpoint) -> Result<(), StoreError> {
        let insert = row::insert(
            Entity,
            [
                (Column::Id, new.id.as_str().into()),
                (Column::TenantId, self.tenant.as_str().into()),
                (Column::Url, new.url.into()),
                (Column::Description, new.description.into()),
                (Column::Events, words(new.events.as_ref())?),
                (Column::CreatedAt, new.at.millis().into()),
                (Column::UpdatedAt, new.at.millis().into()),
            ],
        )?;
        self.store.writer().execute(insert).await.map(|_| ())
    }

    /// Changes an endpoint; whether it was there. One that is switched off makes dead letters of what
    /// waits for it.
    ///
    /// # Errors
    /// As above.
    pub async fn update_webhook_endpoint(
        &self,
        id: &EndpointId,
        patch: EndpointPatch,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut update = self.change(id, at);
        if let Some(url) = patch.url {
            update.value(Column::Url, url);
        }
        if let Some(description) = patch.description {
            update.value(Column::Description, description);
        }
        if let Some(events) = patch.events {
            update.value(Column::Events, words(events.as_ref())?);
        }
        match patch.enabled {
            Some(true) => switch(&mut update, None, None),
            Some(false) => switch(&mut update, Some("request"), Some(at)),
            None => {}
        }
        let waiting = (patch.enabled == Some(false)).then(|| abandoned(id, DeliveryStatus::Dead, at));
        self.store
            .writer()
            .change(move |transaction| {
                Box::pin(async move {
                    let found = row::execute(transaction, &update).await? > 0;
                    if let Some(waiting) = waiting.filter(|_| found) {
                        row::execute(transaction, &waiting).await?;
                    }
                    Ok(found)
                })
            })
            .await
    }

    /// Deletes an endpoint with its secret; whether it was there. What waits for it is cancelled, what
    /// was delivered stays in the list.
    ///
    /// # Errors
    /// As above.
    pub async fn delete_webhook_endpoint(&self, id: &EndpointId, at: Timestamp) -> Result<bool, StoreError> {
        let mut delete = Query::delete();
        delete
            .from_table(Entity)
            .and_where(Expr::col(Column::Id).eq(id.as_str()))
            .and_where(Expr::col(Column::TenantId).eq(self.tenant.as_str()));
        let waiting = abandoned(id, DeliveryStatus::Cancelled, at);
        let mut forget = Query::delete();
        forget
            .from_table(secret::Entity)
            .and_where(Expr::col(secret::Column::Id).eq(secrets::of_endpoint(id)));
        self.store
            .writer()
            .change(move |transaction| {
                Box::pin(async move {
                    let found = row::execute(transaction, &delete).await? > 0;
                    if found {
                        row::execute(transaction, &waiting).await?;
                        row::execute(transaction, &forget).await?;
                    }
                    Ok(found)
                })
            })
            .await
    }

    fn change(&self, id: &EndpointId, at: Timestamp) -> UpdateStatement {
        let mut update = Query::update();
        update
            .table(Entity)
            .value(Column::UpdatedAt, at.millis())
            .and_where(Expr::col(Column::Id).eq(id.as_str()))
            .and_where(Expr::col(Column::TenantId).eq(self.tenant.as_str()));
        update
    }
}

/// Switches an endpoint off for a reason, or on.
pub(super) fn switch(update: &mut UpdateStatement, reason: Option<&str>, at: Option<Timestamp>) {
    update
        .value(Column::IsActive, reason.is_none())
        .value(Column::DisabledReason, reason.map(str::to_owned))
        .value(Column::DisabledAt, at.map(Timestamp::millis));
    if reason.is_none() {
        update.value(Column::FailingSince, Value::BigInt(None));
    }
}

/// What waits for an endpoint is not tried any more.
pub(super) fn abandoned(id: &EndpointId, status: DeliveryStatus, at: Timestamp) -> UpdateStatement {
    use delivery::Column as D;
    let mut update = Query::update();
    update
        .table(delivery::Entity)
        .value(D::Status, status.as_str())
        .value(D::EndedAt, at.millis())
        .and_where(Expr::col(D::EndpointId).eq(id.as_str()))
        .and_where(Expr::col(D::Status).eq(DeliveryStatus::Pending.as_str()));
    update
}

fn words(events: Option<&Vec<String>>) -> Result<Value, StoreError> {
    let text = events.map(serde_json::to_string).transpose();
    Ok(text.map_err(|_| row::damaged("list of events"))?.into())
}
