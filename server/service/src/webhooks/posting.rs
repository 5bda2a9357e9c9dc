//! What whoever posts webhooks needs: what is due, what signs it, and where to note what came of it.

use magone_core::time::Timestamp;
use magone_core::webhook;
use magone_store::{Claimed, Outbox};

use crate::{ServiceError, Services};

impl Services {
    /// The outbox of all tenants, for the job that posts.
    #[must_use]
    pub fn outbox(&self) -> Outbox {
        self.store.outbox()
    }

    /// The header `webhook-signature` of an attempt at this time.
    ///
    /// # Errors
    /// [`ServiceError::Internal`] where the secret cannot be opened, or what the store says.
    pub async fn webhook_signature(&self, claimed: &Claimed, at: Timestamp) -> Result<String, ServiceError> {
        let secrets = self.signing_secrets(&claimed.secret, &claimed.tenant_id).await?;
        let (id, body) = (claimed.id.as_str(), claimed.payload.as_bytes());
        Ok(webhook::signatures(&secrets, id, at.millis() / 1_000, body))
    }
}
