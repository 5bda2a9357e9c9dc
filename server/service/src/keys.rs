//! Further keys of a tenant.

use magone_core::ids::KeyId;
use magone_core::key::{ApiKey, KeyMode};
use magone_core::slug::Slug;
use magone_store::NewKey;
use serde_json::json;

use crate::{AdminCaller, Permission, ServiceError, Services};

impl Services {
    /// Gives a tenant one more key; it is shown only now.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] for the tenant, [`ServiceError::Internal`] when a script of the
    /// first schema gave it a slug that no key can begin with.
    pub async fn add_key(
        &self,
        caller: &AdminCaller,
        tenant: &str,
        name: &str,
    ) -> Result<ApiKey, ServiceError> {
        caller.require(Permission::Configure)?;
        let tenant = self.tenant_by_slug(tenant).await?;
        let unusable = |why| ServiceError::Internal(format!("tenant '{}': {why}", tenant.slug));
        let slug = Slug::parse(tenant.slug.clone()).map_err(unusable)?;
        let key = ApiKey::from_random(&slug, KeyMode::Live, (self.clock.random)());
        let row = NewKey {
            id: KeyId::from_uuid((self.clock.mint)()),
            hash: key.hash(),
            prefix: key.display_prefix().to_owned(),
            name: name.to_owned(),
            scopes: Vec::new(),
            test: false,
            expires_at: None,
        };
        let id = row.id.clone();
        self.store.configuration().add_key(&tenant.id, row).await?;
        self.catalog.forget();
        let after = json!({"tenant": tenant.slug, "name": name});
        self.note(caller, "key.created", "api_key", id.as_str(), after).await?;
        Ok(key)
    }
}
