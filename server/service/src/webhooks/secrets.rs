//! What receivers verify signatures with.

use magone_core::grant::Scope;
use magone_core::ids::{EndpointId, TenantId};
use magone_core::time::Timestamp;
use magone_core::webhook::SigningSecret;
use magone_store::Secrets;
use serde_json::json;

use super::SecretRotation;
use super::endpoints::is_bound;
use crate::audit::Change;
use crate::vault::Opened;
use crate::{ServiceError, Services, TenantCaller};

/// The id under which a tenant finds the secret of the URLs that come with its runs.
pub const DEFAULT_SECRET: &str = "default";

/// A signing secret, for whom it belongs to.
#[derive(Clone, Debug)]
pub struct WebhookSecret {
    /// The secret.
    pub secret: SigningSecret,
    /// Until when the one before it signs as well.
    pub previous_until: Option<Timestamp>,
}

impl Services {
    /// The secret of an endpoint, or `default` for the URLs that come with runs.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] for the endpoint.
    pub async fn webhook_secret(
        &self,
        caller: &TenantCaller,
        id: &str,
    ) -> Result<WebhookSecret, ServiceError> {
        caller.require(Scope::ManageWebhooks)?;
        let name = self.secret_name(caller, id).await?;
        self.shown_secret(&name, &caller.tenant.id).await
    }

    /// Replaces it; the old one signs beside the new one for the rotation's grace.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`]; [`ServiceError::Conflict`] where somebody else does the same;
    /// [`ServiceError::Validation`].
    pub async fn rotate_webhook_secret(
        &self,
        caller: &TenantCaller,
        id: &str,
        rotation: SecretRotation,
    ) -> Result<WebhookSecret, ServiceError> {
        caller.require(Scope::ManageWebhooks)?;
        if let Some(problem) = rotation.problem() {
            return Err(ServiceError::invalid("rotation", vec![problem]));
        }
        let name = self.secret_name(caller, id).await?;
        let secret = self.replaced_secret(&name, &caller.tenant.id, rotation).await?;
        let change = Change::new("webhook_secret.rotated", ("tenant", caller.tenant.id.as_str()));
        let rotated = json!({"id": id, "previous_until": secret.previous_until});
        self.note_stand_in(caller, change.to(rotated)).await?;
        Ok(secret)
    }

    async fn secret_name(&self, caller: &TenantCaller, id: &str) -> Result<String, ServiceError> {
        if id == DEFAULT_SECRET && !is_bound(caller) {
            return Ok(Secrets::of_tenant(&caller.tenant.id));
        }
        let endpoint = self.webhook_endpoint(caller, &EndpointId::from_text(id)).await?;
        Ok(Secrets::of_endpoint(&endpoint.id))
    }

    /// What signs under that name now, the newest first.
    pub(super) async fn signing_secrets(
        &self,
        name: &str,
        tenant: &TenantId,
    ) -> Result<Vec<SigningSecret>, ServiceError> {
        let Opened { current, previous } = self.opened_secret(name, tenant).await?;
        let all = std::iter::once(current).chain(previous.map(|(previous, _)| previous));
        Ok(all.map(SigningSecret::from_bytes).collect())
    }

    async fn opened_secret(&self, name: &str, tenant: &TenantId) -> Result<Opened, ServiceError> {
        let random = self.clock.random;
        let make = || SigningSecret::from_random(random()).bytes().to_vec();
        self.safe()?.get(name, Some(tenant), make).await
    }

    async fn shown_secret(&self, name: &str, tenant: &TenantId) -> Result<WebhookSecret, ServiceError> {
        let Opened { current, previous } = self.opened_secret(name, tenant).await?;
        let previous_until = previous.map(|(_, until)| until);
        Ok(WebhookSecret { secret: SigningSecret::from_bytes(current), previous_until })
    }

    async fn replaced_secret(
        &self,
        name: &str,
        tenant: &TenantId,
        rotation: SecretRotation,
    ) -> Result<WebhookSecret, ServiceError> {
        // One that was never asked for is made first: who was to verify with it never saw it.
        self.opened_secret(name, tenant).await?;
        let secret = SigningSecret::from_random((self.clock.random)());
        let grace = u64::from(rotation.grace_seconds).saturating_mul(1_000);
        let until = (grace > 0).then(|| (self.clock.now)().plus_millis(grace));
        if self.safe()?.rotate(name, secret.bytes(), until).await? {
            return Ok(WebhookSecret { secret, previous_until: until });
        }
        Err(ServiceError::Conflict("The secret was replaced by somebody else at the same time".to_owned()))
    }
}
