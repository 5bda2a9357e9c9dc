//! A tenant's endpoints.

use magone_core::egress::Refusal;
use magone_core::grant::Scope;
use magone_core::ids::EndpointId;
use magone_core::workflow::Problem;
use magone_store::{EndpointRow, NewEndpoint};
use serde_json::json;

use super::{EndpointChanges, EndpointRequest};
use crate::audit::Change;
use crate::{ServiceError, Services, TenantCaller};

/// Endpoints that a tenant may have.
const MOST: usize = 20;

impl Services {
    /// Refuses a URL that the egress policy does not let calls go to. `pointer` is its place in the
    /// request.
    ///
    /// # Errors
    /// [`ServiceError::EgressDenied`]; [`ServiceError::Validation`] for what is no such URL.
    pub(crate) fn check_egress(&self, pointer: &'static str, url: &str) -> Result<(), ServiceError> {
        let name = pointer.trim_start_matches('/');
        match self.egress.judge(url) {
            Ok(_) => Ok(()),
            Err(Refusal::NoUrl(what)) => {
                let problem = Problem::new(pointer, format!("'{name}' {what}"));
                Err(ServiceError::invalid("request", vec![problem]))
            }
            Err(refusal @ Refusal::Denied(_)) => Err(ServiceError::egress_denied(pointer, &refusal)),
        }
    }

    /// Registers an endpoint.
    ///
    /// # Errors
    /// [`ServiceError::EgressDenied`]; [`ServiceError::Conflict`] where the tenant has 20 already.
    pub async fn add_webhook_endpoint(
        &self,
        caller: &TenantCaller,
        request: EndpointRequest,
    ) -> Result<EndpointRow, ServiceError> {
        caller.require(Scope::ManageWebhooks)?;
        if is_bound(caller) {
            let sentence =
                "This needs a key for all workflows: a webhook endpoint hears of every one of them";
            return Err(ServiceError::Forbidden(sentence.to_owned()));
        }
        self.check_egress("/url", &request.url)?;
        let scope = self.store.tenant(&caller.tenant.id);
        if scope.webhook_endpoints().await?.len() >= MOST {
            let sentence = format!("A tenant has at most {MOST} webhook endpoints; delete one first");
            return Err(ServiceError::Conflict(sentence));
        }
        let id = EndpointId::from_uuid((self.clock.mint)());
        let new = NewEndpoint {
            id: id.clone(),
            url: request.url,
            description: request.description,
            events: request.events,
            at: (self.clock.now)(),
        };
        scope.add_webhook_endpoint(new).await?;
        let endpoint = self.webhook_endpoint(caller, &id).await?;
        let change = Change::new("webhook_endpoint.created", ("tenant", caller.tenant.id.as_str()));
        self.note_stand_in(caller, change.to(json!(endpoint))).await?;
        Ok(endpoint)
    }

    /// The tenant's endpoints, oldest first.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], or what the store says.
    pub async fn webhook_endpoints(&self, caller: &TenantCaller) -> Result<Vec<EndpointRow>, ServiceError> {
        caller.require(Scope::ManageWebhooks)?;
        if is_bound(caller) {
            return Ok(Vec::new());
        }
        Ok(self.store.tenant(&caller.tenant.id).webhook_endpoints().await?)
    }

    /// One of them.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], also for another tenant's.
    pub async fn webhook_endpoint(
        &self,
        caller: &TenantCaller,
        id: &EndpointId,
    ) -> Result<EndpointRow, ServiceError> {
        caller.require(Scope::ManageWebhooks)?;
        if is_bound(caller) {
            return Err(not_found(id));
        }
        let found = self.store.tenant(&caller.tenant.id).webhook_endpoint(id).await?;
        found.ok_or_else(|| not_found(id))
    }

    /// Changes an endpoint. One that is switched off makes dead letters of what waits for it; one that
    /// is switched on begins anew.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] before [`ServiceError::EgressDenied`].
    pub async fn update_webhook_endpoint(
        &self,
        caller: &TenantCaller,
        id: &EndpointId,
        changes: EndpointChanges,
    ) -> Result<EndpointRow, ServiceError> {
        caller.require(Scope::ManageWebhooks)?;
        let before = self.webhook_endpoint(caller, id).await?;
        if let Some(url) = &changes.0.url {
            self.check_egress("/url", url)?;
        }
        let scope = self.store.tenant(&caller.tenant.id);
        scope.update_webhook_endpoint(id, changes.0, (self.clock.now)()).await?;
        let after = self.webhook_endpoint(caller, id).await?;
        let change = Change::new("webhook_endpoint.updated", ("tenant", caller.tenant.id.as_str()));
        self.note_stand_in(caller, change.from(json!(before)).to(json!(after))).await?;
        Ok(after)
    }

    /// Deletes an endpoint. What waits for it is cancelled; what was delivered stays in the list.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`].
    pub async fn delete_webhook_endpoint(
        &self,
        caller: &TenantCaller,
        id: &EndpointId,
    ) -> Result<(), ServiceError> {
        caller.require(Scope::ManageWebhooks)?;
        let before = self.webhook_endpoint(caller, id).await?;
        let scope = self.store.tenant(&caller.tenant.id);
        if !scope.delete_webhook_endpoint(id, (self.clock.now)()).await? {
            return Err(not_found(id));
        }
        let change = Change::new("webhook_endpoint.deleted", ("tenant", caller.tenant.id.as_str()));
        self.note_stand_in(caller, change.from(json!(before))).await
    }
}

/// A key for some workflows finds nothing here: endpoints and what they are sent are about all of them.
pub(super) fn is_bound(caller: &TenantCaller) -> bool {
    caller.key.grant.workflows.is_some()
}

pub(super) fn not_found(id: &EndpointId) -> ServiceError {
    ServiceError::not_found("Webhook endpoint", id.as_str())
}
