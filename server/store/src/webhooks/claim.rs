//! Taking deliveries: for a while they are nobody else's.

use std::collections::BTreeMap;

use magone_core::ids::{DeliveryId, EndpointId, ExecutionId, TenantId};
use magone_core::ports::StoreError;
use magone_core::time::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, Query, UpdateStatement};
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult, QueryTrait};

use super::outbox::{LEASE_MS, Outbox, free, pending};
use super::secrets;
use crate::entity::delivery::{Column, Entity, Model};
use crate::entity::endpoint;
use crate::error::classify;
use crate::row;

/// A delivery that was taken.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// `webhook-id`.
    pub id: DeliveryId,
    /// Whose.
    pub tenant_id: TenantId,
    /// The endpoint; `None`: the URL came with the run.
    pub endpoint_id: Option<EndpointId>,
    /// The run; `None` for a test event.
    pub execution_id: Option<ExecutionId>,
    /// What shares its places in flight.
    pub target: String,
    /// Where to, as the endpoint has it now.
    pub url: String,
    /// The body.
    pub payload: String,
    /// Name of the secret that signs it.
    pub secret: String,
    /// Attempts so far.
    pub attempts: u32,
    /// Attempts of this round so far.
    pub tries: u32,
}

impl Outbox {
    /// Takes those of the deliveries that nobody else took meanwhile.
    ///
    /// # Errors
    /// What the database says.
    pub async fn claim(&self, ids: Vec<DeliveryId>, now: Timestamp) -> Result<Vec<Claimed>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let update = taken(&ids, now);
        self.store
            .writer()
            .change(move |transaction| Box::pin(async move { claim(transaction, &update).await }))
            .await
    }
}

fn taken(ids: &[DeliveryId], now: Timestamp) -> UpdateStatement {
    let mut update = Query::update();
    update
        .table(Entity)
        .value(Column::LeasedUntil, now.plus_millis(LEASE_MS).millis())
        .and_where(Expr::col(Column::Id).is_in(ids.iter().map(DeliveryId::as_str)))
        .and_where(pending())
        .cond_where(free(now))
        .returning_all();
    update
}

async fn claim(
    transaction: &DatabaseTransaction,
    update: &UpdateStatement,
) -> Result<Vec<Claimed>, StoreError> {
    let rows = transaction.query_all(update).await.map_err(|error| classify(&error))?;
    let models = rows.iter().map(|row| Model::from_query_result(row, "").map_err(|error| classify(&error)));
    let models = models.collect::<Result<Vec<_>, _>>()?;
    let named = models.iter().filter_map(|model| model.endpoint_id.as_deref());
    let mut query = endpoint::Entity::find().into_query();
    query.and_where(Expr::col(endpoint::Column::Id).is_in(named));
    let endpoints: Vec<endpoint::Model> = row::all(transaction, &query).await?;
    let urls: BTreeMap<_, _> = endpoints.into_iter().map(|endpoint| (endpoint.id, endpoint.url)).collect();
    Ok(models.into_iter().map(|model| read(model, &urls)).collect())
}

fn read(model: Model, urls: &BTreeMap<String, String>) -> Claimed {
    let tenant_id = TenantId::from_text(model.tenant_id);
    let url = model.endpoint_id.as_ref().and_then(|endpoint| urls.get(endpoint).cloned());
    let endpoint_id = model.endpoint_id.map(EndpointId::from_text);
    let secret = match &endpoint_id {
        Some(endpoint) => secrets::of_endpoint(endpoint),
        None => secrets::of_tenant(&tenant_id),
    };
    let count = |number: i32| u32::try_from(number).unwrap_or_default();
    Claimed {
        id: DeliveryId::from_text(model.id),
        tenant_id,
        endpoint_id,
        execution_id: model.execution_id.map(ExecutionId::from_text),
        target: model.target,
        url: url.unwrap_or(model.url),
        payload: model.payload,
        secret,
        attempts: count(model.attempts),
        tries: count(model.tries),
    }
}
