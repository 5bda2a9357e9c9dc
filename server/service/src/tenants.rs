//! Tenants and their first keys.

use magone_core::ids::{AuditId, KeyId, TenantId};
use magone_core::key::{ApiKey, KeyMode};
use magone_core::ports::StoreError;
use magone_core::slug::Slug;
use magone_core::tenant::Tenant;
use magone_core::workflow::Problem;
use magone_store::{AuditEntry, NewKey, NewTenant};
use serde_json::{Value, json};

use crate::{AdminCaller, Permission, ServiceError, Services};

/// What a tenant is made of.
#[derive(Clone, Debug)]
pub struct NewTenantRequest {
    /// What people call it.
    pub name: String,
    /// Unique short name.
    pub slug: String,
    /// Starts of runs per minute; `None`: no limit.
    pub rate_limit_per_minute: Option<u32>,
}

/// A tenant, and its key for the only time that it is shown.
#[derive(Clone, Debug)]
pub struct CreatedTenant {
    /// The tenant.
    pub tenant: Tenant,
    /// The key.
    pub key: ApiKey,
}

impl Services {
    /// Makes a tenant with its first key.
    ///
    /// # Errors
    /// [`ServiceError::Validation`] for name or slug, [`ServiceError::Conflict`] when the slug is taken.
    pub async fn create_tenant(
        &self,
        caller: &AdminCaller,
        request: NewTenantRequest,
    ) -> Result<CreatedTenant, ServiceError> {
        caller.require(Permission::Configure)?;
        let mut problems = Vec::new();
        if !(1..=255).contains(&request.name.trim().chars().count()) {
            problems.push(Problem::new("/name", "A tenant's name has 1 to 255 characters"));
        }
        let slug = Slug::parse(request.slug).map_err(|why| problems.push(Problem::new("/slug", why)));
        let (Ok(slug), true) = (slug, problems.is_empty()) else {
            return Err(ServiceError::invalid("tenant", problems));
        };
        let key = ApiKey::from_random(&slug, KeyMode::Live, (self.clock.random)());
        let tenant = Tenant {
            id: TenantId::from_uuid((self.clock.mint)()),
            name: request.name.trim().to_owned(),
            slug: slug.as_str().to_owned(),
            is_active: true,
            rate_limit_per_minute: request.rate_limit_per_minute,
            settings: json!({}),
        };
        self.insert_tenant(&tenant, &key).await?;
        self.note(caller, "tenant.created", "tenant", tenant.id.as_str(), json!({"slug": tenant.slug}))
            .await?;
        Ok(CreatedTenant { tenant, key })
    }

    async fn insert_tenant(&self, tenant: &Tenant, key: &ApiKey) -> Result<(), ServiceError> {
        let row = NewTenant {
            id: tenant.id.clone(),
            name: tenant.name.clone(),
            slug: tenant.slug.clone(),
            rate_limit_per_minute: tenant.rate_limit_per_minute,
            key: NewKey {
                id: KeyId::from_uuid((self.clock.mint)()),
                hash: key.hash(),
                prefix: key.display_prefix().to_owned(),
                name: "first key".to_owned(),
                scopes: Vec::new(),
                test: key.mode() == KeyMode::Test,
                expires_at: None,
            },
        };
        match self.store.configuration().create_tenant(row).await {
            Err(StoreError::Conflict(_)) => {
                Err(ServiceError::Conflict(format!("The slug '{}' is taken", tenant.slug)))
            }
            Ok(_) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// All tenants.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], or what the store says.
    pub async fn tenants(&self, caller: &AdminCaller) -> Result<Vec<Tenant>, ServiceError> {
        caller.require(Permission::ReadExecutions)?;
        Ok(self.store.configuration().tenants().await?)
    }

    /// Switches a tenant off or on.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`].
    pub async fn set_tenant_active(
        &self,
        caller: &AdminCaller,
        slug: &str,
        active: bool,
    ) -> Result<Tenant, ServiceError> {
        caller.require(Permission::Configure)?;
        let mut tenant = self.tenant_by_slug(slug).await?;
        self.store.configuration().set_tenant_active(&tenant.id, active).await?;
        self.catalog.forget();
        let action = if active { "tenant.resumed" } else { "tenant.suspended" };
        self.note(caller, action, "tenant", tenant.id.as_str(), json!({"is_active": active})).await?;
        tenant.is_active = active;
        Ok(tenant)
    }

    pub(crate) async fn tenant_by_slug(&self, slug: &str) -> Result<Tenant, ServiceError> {
        let found = self.store.configuration().tenant_by_slug(slug).await?;
        found.ok_or_else(|| ServiceError::not_found("Tenant", slug))
    }

    /// Writes the audit log.
    pub(crate) async fn note(
        &self,
        caller: &AdminCaller,
        action: &str,
        object_type: &str,
        object_id: &str,
        after: Value,
    ) -> Result<(), ServiceError> {
        let entry = AuditEntry {
            id: AuditId::from_uuid((self.clock.mint)()),
            at: (self.clock.now)(),
            actor: caller.name.clone(),
            action: action.to_owned(),
            object_type: object_type.to_owned(),
            object_id: object_id.to_owned(),
            before: None,
            after: Some(after),
            reason: None,
        };
        Ok(self.store.audit().append(entry).await?)
    }
}
