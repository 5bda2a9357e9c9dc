//! A tenant's deliveries.

use magone_core::grant::Scope;
use magone_core::ids::{DeliveryId, EndpointId};
use magone_core::webhook::{self, WebhookEvent};
use magone_store::{DeliveryFilter, DeliveryRow, EndpointRow, NewDelivery};
use serde_json::json;

use super::endpoints;
use crate::audit::Change;
use crate::{ServiceError, Services, TenantCaller};

/// A page of deliveries, newest first.
#[derive(Clone, Debug)]
pub struct DeliveryPage {
    /// The deliveries with their attempts.
    pub deliveries: Vec<DeliveryRow>,
    /// Where the next page begins; `None`: this was the last.
    pub next_cursor: Option<DeliveryId>,
}

impl Services {
    /// The tenant's deliveries, newest first, at most `limit` and never more than 100.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], or what the store says.
    pub async fn webhook_deliveries(
        &self,
        caller: &TenantCaller,
        filter: &DeliveryFilter,
        cursor: Option<&DeliveryId>,
        limit: u32,
    ) -> Result<DeliveryPage, ServiceError> {
        caller.require(Scope::ManageWebhooks)?;
        if endpoints::is_bound(caller) {
            return Ok(DeliveryPage { deliveries: Vec::new(), next_cursor: None });
        }
        let scope = self.store.tenant(&caller.tenant.id);
        let (deliveries, next_cursor) = scope.webhook_deliveries(filter, cursor, limit).await?;
        Ok(DeliveryPage { deliveries, next_cursor })
    }

    /// One of them, with the body that is sent.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], also for another tenant's.
    pub async fn webhook_delivery(
        &self,
        caller: &TenantCaller,
        id: &DeliveryId,
    ) -> Result<(DeliveryRow, String), ServiceError> {
        caller.require(Scope::ManageWebhooks)?;
        if endpoints::is_bound(caller) {
            return Err(not_found(id));
        }
        let found = self.store.tenant(&caller.tenant.id).webhook_delivery(id).await?;
        found.ok_or_else(|| not_found(id))
    }

    /// Sends a delivery again, whatever became of it, under the same `webhook-id` and from the
    /// beginning of the schedule.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`]; [`ServiceError::Conflict`] where its endpoint is deleted or switched
    /// off.
    pub async fn redeliver_webhook(
        &self,
        caller: &TenantCaller,
        id: &DeliveryId,
    ) -> Result<DeliveryRow, ServiceError> {
        caller.require(Scope::ManageWebhooks)?;
        let scope = self.store.tenant(&caller.tenant.id);
        let (delivery, _) = self.webhook_delivery(caller, id).await?;
        if let Some(endpoint) = &delivery.endpoint_id {
            let endpoint = scope.webhook_endpoint(endpoint).await?;
            let deleted = || ServiceError::Conflict("The delivery's endpoint is deleted".to_owned());
            must_be_enabled(&endpoint.ok_or_else(deleted)?)?;
        }
        scope.redeliver_webhook(id, (self.clock.now)()).await?;
        let change = Change::new("webhook.redelivered", ("tenant", caller.tenant.id.as_str()));
        self.note_stand_in(caller, change.to(json!({"delivery_id": id}))).await?;
        Ok(self.webhook_delivery(caller, id).await?.0)
    }

    /// Sends an endpoint an event that says that it is a test, whatever events it asks for.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`]; [`ServiceError::Conflict`] where it is switched off.
    pub async fn try_webhook_endpoint(
        &self,
        caller: &TenantCaller,
        id: &EndpointId,
    ) -> Result<DeliveryRow, ServiceError> {
        caller.require(Scope::ManageWebhooks)?;
        let scope = self.store.tenant(&caller.tenant.id);
        let endpoint = self.webhook_endpoint(caller, id).await?;
        must_be_enabled(&endpoint)?;
        let at = (self.clock.now)();
        let delivery = DeliveryId::from_uuid((self.clock.mint)());
        let new = NewDelivery {
            id: delivery.clone(),
            endpoint: endpoint.id,
            url: endpoint.url,
            event: WebhookEvent::Test.as_str().to_owned(),
            payload: webhook::test_body(id.as_str(), at).to_string(),
            at,
        };
        scope.add_webhook_delivery(new).await?;
        let change = Change::new("webhook_endpoint.tested", ("tenant", caller.tenant.id.as_str()));
        self.note_stand_in(caller, change.to(json!({"id": id, "delivery_id": delivery}))).await?;
        Ok(self.webhook_delivery(caller, &delivery).await?.0)
    }
}

fn must_be_enabled(endpoint: &EndpointRow) -> Result<(), ServiceError> {
    if endpoint.enabled {
        return Ok(());
    }
    let sentence =
        "The webhook endpoint is switched off; switch it on first: PATCH it with {\"enabled\": true}";
    Err(ServiceError::Conflict(sentence.to_owned()))
}

fn not_found(id: &DeliveryId) -> ServiceError {
    ServiceError::not_found("Webhook delivery", id.as_str())
}
