//! A tenant's deliveries.

use std::collections::BTreeMap;

use magone_core::ids::{DeliveryId, EndpointId, ExecutionId};
use magone_core::ports::StoreError;
use magone_core::time::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use sea_orm::{Condition, EntityTrait, QueryTrait, Value};

use super::{AttemptRow, DeliveryRow, DeliveryStatus};
use crate::entity::attempt;
use crate::entity::delivery::{Column, Entity, Model};
use crate::row;
use crate::scope::TenantScope;

/// Deliveries that a page has at most.
const MOST: u32 = 100;

/// Which deliveries a list shows; `None` shows all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// To this endpoint.
    pub endpoint: Option<EndpointId>,
    /// About this run.
    pub execution: Option<ExecutionId>,
    /// With this outcome.
    pub status: Option<DeliveryStatus>,
    /// About this event.
    pub event: Option<String>,
}

/// A delivery that no run makes: a test event.
#[derive(Clone, Debug)]
pub struct NewDelivery {
    /// Identity, minted by the caller.
    pub id: DeliveryId,
    /// Where to.
    pub endpoint: EndpointId,
    /// The endpoint's URL.
    pub url: String,
    /// The event's word.
    pub event: String,
    /// The body.
    pub payload: String,
    /// When it is due.
    pub at: Timestamp,
}

impl TenantScope {
    /// Its deliveries with their attempts, newest first: at most `limit` and never more than 100, from
    /// `cursor` on, the id of the last one of the page before. The second part is the next cursor.
    ///
    /// # Errors
    /// What the database says; so for every function here.
    pub async fn webhook_deliveries(
        &self,
        filter: &DeliveryFilter,
        cursor: Option<&DeliveryId>,
        limit: u32,
    ) -> Result<(Vec<DeliveryRow>, Option<DeliveryId>), StoreError> {
        let limit = limit.clamp(1, MOST);
        let equals = |column: Column, text: Option<&str>| text.map(|text| Expr::col(column).eq(text));
        let narrowed = Condition::all()
            .add(Expr::col(Column::TenantId).eq(self.tenant.as_str()))
            .add_option(equals(Column::EndpointId, filter.endpoint.as_ref().map(EndpointId::as_str)))
            .add_option(equals(Column::ExecutionId, filter.execution.as_ref().map(ExecutionId::as_str)))
            .add_option(equals(Column::Status, filter.status.map(DeliveryStatus::as_str)))
            .add_option(equals(Column::Event, filter.event.as_deref()))
            .add_option(cursor.map(|cursor| Expr::col(Column::Id).lt(cursor.as_str())));
        let mut query = Entity::find().into_query();
        query.cond_where(narrowed).order_by(Column::Id, Order::Desc).limit(u64::from(limit) + 1);
        let mut models: Vec<Model> = self.store.reader().all(query).await?;
        let shown = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = models.len() > shown;
        models.truncate(shown);
        let rows = self.with_attempts(models).await?;
        let next = rows.last().map(|row| row.id.clone()).filter(|_| more);
        Ok((rows, next))
    }

    /// One of its deliveries, with the body.
    ///
    /// # Errors
    /// As above.
    pub async fn webhook_delivery(
        &self,
        id: &DeliveryId,
    ) -> Result<Option<(DeliveryRow, String)>, StoreError> {
        let mut query = Entity::find_by_id(id.as_str()).into_query();
        query.and_where(Expr::col(Column::TenantId).eq(self.tenant.as_str()));
        let Some(model) = self.store.reader().one::<Model>(query).await? else { return Ok(None) };
        let payload = model.payload.clone();
        let row = self.with_attempts(vec![model]).await?.pop();
        Ok(row.map(|row| (row, payload)))
    }

    /// Adds a delivery.
    ///
    /// # Errors
    /// As above.
    pub async fn add_webhook_delivery(&self, new: NewDelivery) -> Result<(), StoreError> {
        let insert = row::insert(
            Entity,
            [
                (Column::Id, new.id.as_str().into()),
                (Column::TenantId, self.tenant.as_str().into()),
                (Column::EndpointId, new.endpoint.as_str().into()),
                (Column::Target, new.endpoint.as_str().into()),
                (Column::Event, new.event.into()),
                (Column::Url, new.url.into()),
                (Column::Payload, new.payload.into()),
                (Column::DueAt, new.at.millis().into()),
                (Column::CreatedAt, new.at.millis().into()),
            ],
        )?;
        self.store.writer().execute(insert).await?;
        self.store.told().notify_one();
        Ok(())
    }

    /// Lets a delivery be tried again, from the beginning of the schedule; whether it was there.
    ///
    /// # Errors
    /// As above.
    pub async fn redeliver_webhook(&self, id: &DeliveryId, at: Timestamp) -> Result<bool, StoreError> {
        let mut update = Query::update();
        update
            .table(Entity)
            .value(Column::Status, DeliveryStatus::Pending.as_str())
            .value(Column::Tries, 0)
            .value(Column::DueAt, at.millis())
            .value(Column::EndedAt, Value::BigInt(None))
            .and_where(Expr::col(Column::Id).eq(id.as_str()))
            .and_where(Expr::col(Column::TenantId).eq(self.tenant.as_str()));
        let found = self.store.writer().execute(update).await? > 0;
        self.store.told().notify_one();
        Ok(found)
    }

    async fn with_attempts(&self, models: Vec<Model>) -> Result<Vec<DeliveryRow>, StoreError> {
        let mut query = attempt::Entity::find().into_query();
        query
            .and_where(
                Expr::col(attempt::Column::DeliveryId).is_in(models.iter().map(|model| model.id.as_str())),
            )
            .order_by(attempt::Column::Number, Order::Asc);
        let mut attempts = BTreeMap::<String, Vec<AttemptRow>>::new();
        for model in self.store.reader().all::<attempt::Model>(query).await? {
            attempts.entry(model.delivery_id.clone()).or_default().push(model.into());
        }
        let read = |model: Model| {
            let own = attempts.remove(&model.id).unwrap_or_default();
            DeliveryRow::read(model, own)
        };
        models.into_iter().map(read).collect()
    }
}
