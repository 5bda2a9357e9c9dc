//! An admin in a tenant's place: what the tenant does with its key, done for it.

use std::sync::Arc;

use crate::{AdminCaller, Permission, ServiceError, Services, TenantCaller};

impl Services {
    /// The admin as a caller of that tenant, for what the permission is about.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] or [`ServiceError::NotFound`].
    pub async fn stand_in(
        &self,
        admin: &AdminCaller,
        permission: Permission,
        tenant: &str,
    ) -> Result<TenantCaller, ServiceError> {
        admin.require(permission)?;
        let tenant = self.tenant_by_slug(tenant).await?;
        Ok(TenantCaller::stand_in(Arc::new(tenant), admin))
    }
}
