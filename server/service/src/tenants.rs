//! Tenants.

use magone_core::grant::Grant;
use magone_core::ids::{KeyId, TenantId};
use magone_core::key::{ApiKey, KeyMode};
use magone_core::ports::StoreError;
use magone_core::slug::Slug;
use magone_core::tenant::Tenant;
use magone_core::workflow::Problem;
use magone_store::{HOUSE, NewKey, NewTenant, TenantPatch};
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use crate::audit::Change;
use crate::members::Members;
use crate::{AdminCaller, Permission, ServiceError, Services, settings};

/// The largest limit that the database keeps.
pub(crate) const RATE_MOST: u32 = 2_147_483_647;
/// Starts of runs per minute where a new tenant's are not named.
const RATE: u32 = 60;

/// What a tenant is made of.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename = "NewTenant")]
pub struct NewTenantRequest {
    /// What people call it.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Unique short name.
    #[schemars(regex(pattern = "^[a-z0-9][a-z0-9-]{0,99}$"))]
    pub slug: String,
    /// Starts of runs per minute; null: no limit.
    #[schemars(range(max = RATE_MOST))]
    pub rate_limit_per_minute: Option<u32>,
}

impl NewTenantRequest {
    /// From the body `{name, slug, rate_limit_per_minute?}`; the limit is 60 where it is absent.
    ///
    /// # Errors
    /// [`ServiceError::Validation`] with every problem.
    pub fn from_json(body: Value) -> Result<Self, ServiceError> {
        let mut members = Members::of("tenant", body)?;
        let (name, slug) = (members.needed_text("name"), members.needed_text("slug"));
        let limit = members.number("rate_limit_per_minute", RATE_MOST).unwrap_or(Some(RATE));
        members.end()?;
        Ok(Self { name, slug, rate_limit_per_minute: limit })
    }
}

/// A tenant, and its key for the only time that it is shown.
#[derive(Clone, Debug)]
pub struct CreatedTenant {
    /// The tenant.
    pub tenant: Tenant,
    /// The key.
    pub key: ApiKey,
}

/// What is to be different about a tenant; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
pub struct TenantChanges {
    /// What people call it.
    #[schemars(length(min = 1, max = 255))]
    pub name: Option<String>,
    /// Starts of runs per minute; null: no limit.
    #[schemars(range(max = RATE_MOST))]
    pub rate_limit_per_minute: Option<Option<u32>>,
    /// Settings to be set; null takes one away.
    #[schemars(schema_with = "settings::schema")]
    pub settings: Map<String, Value>,
}

impl TenantChanges {
    /// From the body `{name?, rate_limit_per_minute?, settings?}`.
    ///
    /// # Errors
    /// [`ServiceError::Validation`] with every problem of its form.
    pub fn from_json(body: Value) -> Result<Self, ServiceError> {
        let mut members = Members::of("tenant", body)?;
        let name = members.text("name");
        let rate_limit_per_minute = members.number("rate_limit_per_minute", RATE_MOST);
        let settings = match members.take("settings") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(settings)) => settings,
            Some(_) => {
                members.problem("settings", "'settings' has to be an object");
                Map::new()
            }
        };
        members.end()?;
        Ok(Self { name, rate_limit_per_minute, settings })
    }
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
        caller.require(Permission::WriteTenants)?;
        let mut problems: Vec<_> = name_problem(&request.name).into_iter().collect();
        let slug = Slug::parse(request.slug).map_err(|why| problems.push(Problem::new("/slug", why)));
        let (Ok(slug), true) = (slug, problems.is_empty()) else {
            return Err(ServiceError::invalid("tenant", problems));
        };
        if slug.as_str() == HOUSE {
            return Err(ServiceError::Conflict(format!(
                "The slug '{HOUSE}' is the server's own; choose another"
            )));
        }
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
        let change = Change::new("tenant.created", ("tenant", tenant.id.as_str()));
        self.note(caller, change.to(json!(tenant))).await?;
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
                grant: Grant::default(),
                rate_limit_per_minute: None,
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
        caller.require(Permission::ReadTenants)?;
        Ok(self.store.configuration().tenants().await?)
    }

    /// One tenant.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] or [`ServiceError::NotFound`].
    pub async fn tenant(&self, caller: &AdminCaller, slug: &str) -> Result<Tenant, ServiceError> {
        caller.require(Permission::ReadTenants)?;
        self.tenant_by_slug(slug).await
    }

    /// Changes a tenant.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`]; [`ServiceError::Validation`] for each member and each setting.
    pub async fn update_tenant(
        &self,
        caller: &AdminCaller,
        slug: &str,
        changes: TenantChanges,
    ) -> Result<Tenant, ServiceError> {
        caller.require(Permission::WriteTenants)?;
        let tenant = self.tenant_by_slug(slug).await?;
        let mut problems = settings::problems(&changes.settings);
        problems.extend(changes.name.as_deref().and_then(name_problem));
        if !problems.is_empty() {
            return Err(ServiceError::invalid("tenant", problems));
        }
        let patch = TenantPatch {
            name: changes.name.map(|name| name.trim().to_owned()),
            rate_limit_per_minute: changes.rate_limit_per_minute,
            settings: changes.settings,
        };
        let changed = self.store.configuration().update_tenant(&tenant.id, patch, (self.clock.now)()).await;
        let (before, after) = changed.map_err(|error| gone(error, slug))?;
        self.catalog.forget();
        let change = Change::new("tenant.updated", ("tenant", tenant.id.as_str()));
        self.note(caller, change.from(json!(before)).to(json!(after))).await?;
        Ok(after)
    }

    /// Deletes a tenant: its keys open nothing any more, its rows stay until they are erased.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`]; [`ServiceError::Conflict`] naming its runs that have not ended.
    pub async fn delete_tenant(&self, caller: &AdminCaller, slug: &str) -> Result<(), ServiceError> {
        caller.require(Permission::WriteTenants)?;
        let tenant = self.tenant_by_slug(slug).await?;
        if tenant.slug == HOUSE {
            let sentence = format!("The tenant '{HOUSE}' is the server's own; suspend it instead");
            return Err(ServiceError::Conflict(sentence));
        }
        let deleted = self.store.configuration().delete_tenant(&tenant.id, (self.clock.now)()).await;
        deleted.map_err(|error| gone(error, slug))?;
        self.catalog.forget();
        let change = Change::new("tenant.deleted", ("tenant", tenant.id.as_str())).from(json!(tenant));
        self.note(caller, change).await
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
        caller.require(Permission::WriteTenants)?;
        let mut tenant = self.tenant_by_slug(slug).await?;
        let changed = self.store.configuration().set_tenant_active(&tenant.id, active).await;
        changed.map_err(|error| gone(error, slug))?;
        self.catalog.forget();
        let action = if active { "tenant.resumed" } else { "tenant.suspended" };
        let change = Change::new(action, ("tenant", tenant.id.as_str()));
        let change = change.from(json!({"is_active": tenant.is_active})).to(json!({"is_active": active}));
        self.note(caller, change).await?;
        tenant.is_active = active;
        Ok(tenant)
    }

    pub(crate) async fn tenant_by_slug(&self, slug: &str) -> Result<Tenant, ServiceError> {
        let found = self.store.configuration().tenant_by_slug(slug).await?;
        found.ok_or_else(|| ServiceError::not_found("Tenant", slug))
    }
}

/// The tenant was there a moment ago.
fn gone(error: StoreError, slug: &str) -> ServiceError {
    match error {
        StoreError::NotFound(_) => ServiceError::not_found("Tenant", slug),
        error => error.into(),
    }
}

fn name_problem(name: &str) -> Option<Problem> {
    let fits = (1..=255).contains(&name.trim().chars().count());
    (!fits).then(|| Problem::new("/name", "A tenant's name has 1 to 255 characters"))
}
