//! What a tenant does with its own keys, by one that may manage them. A key gives nothing that it has
//! not itself, and does not take itself back.

use magone_core::grant::{Grant, Scope};
use magone_core::ids::TenantId;
use magone_core::workflow::Problem;
use magone_store::KeyRow;
use serde_json::Value;

use crate::keys::{made, replaced, revoked, which};
use crate::{CreatedKey, NewKeyRequest, Rotation, ServiceError, Services, TenantCaller};

/// Keys that a tenant has at most before it makes another one itself, revoked ones included.
const KEYS_MOST: usize = 1_000;

impl Services {
    /// The tenant's keys that reach no further than the caller's, oldest first, revoked ones included.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], or what the store says.
    pub async fn own_keys(&self, caller: &TenantCaller) -> Result<Vec<KeyRow>, ServiceError> {
        caller.require(Scope::ManageKeys)?;
        let mut keys = self.all_keys(&caller.tenant.id).await?;
        keys.retain(|key| caller.key.grant.reaches_all_of(&key.grant));
        Ok(keys)
    }

    /// One of them.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`]; [`ServiceError::NotFound`], also for another tenant's.
    pub async fn own_key(&self, caller: &TenantCaller, id: &str) -> Result<KeyRow, ServiceError> {
        let keys = self.own_keys(caller).await?;
        let found = keys.into_iter().find(|key| key.id.as_str() == id);
        found.ok_or_else(|| ServiceError::not_found("Key", id))
    }

    /// Makes one more key; it is shown only now. What is not asked for is as the caller's own: its
    /// workflows and its limit.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] for what the caller's key has not itself,
    /// [`ServiceError::Validation`], [`ServiceError::Conflict`] where there are too many.
    pub async fn add_own_key(&self, caller: &TenantCaller, body: Value) -> Result<CreatedKey, ServiceError> {
        caller.require(Scope::ManageKeys)?;
        let request = within(caller, NewKeyRequest::own(body)?)?;
        if self.all_keys(&caller.tenant.id).await?.len() >= KEYS_MOST {
            return Err(ServiceError::Conflict(format!(
                "A tenant has at most {KEYS_MOST} keys, revoked ones included; they are cleared away in time"
            )));
        }
        let created = self.make_key(&caller.tenant, &caller.key.grant, &request).await?;
        self.note_by(actor(caller), made(&created)).await?;
        Ok(created)
    }

    /// Replaces a key by a new one that may do the same.
    ///
    /// # Errors
    /// As [`Self::rotate_key`]; [`ServiceError::Forbidden`] for a key that may do more than the caller's.
    pub async fn rotate_own_key(
        &self,
        caller: &TenantCaller,
        id: &str,
        body: Value,
    ) -> Result<CreatedKey, ServiceError> {
        let key = self.own_key(caller, id).await?;
        covers(caller, key.test, &key.grant)?;
        let rotation = Rotation::from_json(body)?;
        let old = which(vec![key], Some(id), (self.clock.now)())?;
        let tenant = caller.tenant.as_ref().clone();
        let (created, ends) = self.replace_key(tenant, &old, rotation).await?;
        self.note_by(actor(caller), replaced(&old, ends, &created)).await?;
        Ok(created)
    }

    /// Takes another key back, for good.
    ///
    /// # Errors
    /// As [`Self::own_key`]; [`ServiceError::Forbidden`] for a key that may do more than the caller's;
    /// [`ServiceError::Conflict`] for the caller's own.
    pub async fn revoke_own_key(&self, caller: &TenantCaller, id: &str) -> Result<KeyRow, ServiceError> {
        let key = self.own_key(caller, id).await?;
        if caller.key.id.as_ref() == Some(&key.id) {
            let why =
                "This is the key that you call with: replace it with /rotate, or revoke it with another key";
            return Err(ServiceError::Conflict(why.to_owned()));
        }
        covers(caller, key.test, &key.grant)?;
        let tenant: &TenantId = &caller.tenant.id;
        let after = self.take_back(tenant, &key).await?;
        self.note_by(actor(caller), revoked(&key, &after)).await?;
        Ok(after)
    }
}

/// Who did it, as the audit log has it: nothing that tells who the tenant is once it is erased.
fn actor(caller: &TenantCaller) -> String {
    caller.key.id.as_ref().map_or_else(|| caller.tenant.id.to_string(), ToString::to_string)
}

/// The wish, with what was left open taken from the caller's key.
fn within(caller: &TenantCaller, request: NewKeyRequest) -> Result<NewKeyRequest, ServiceError> {
    let own = &caller.key;
    let scopes = request.scopes.as_ref().map_or_else(
        || Grant::default().scopes,
        |words| words.iter().filter_map(|word| Scope::parse(word)).collect(),
    );
    covers(caller, request.test, &Grant { scopes, workflows: own.grant.workflows.clone() })?;
    let workflows = request.workflows.or_else(|| Some(own.grant.workflows.clone()?.into_iter().collect()));
    let limit = request.rate_limit_per_minute.or(own.rate_limit_per_minute);
    match own.rate_limit_per_minute {
        Some(most) if limit.is_some_and(|limit| limit > most) => {
            let detail =
                format!("The limit of the key that you call with is {most} per minute: give at most that");
            Err(ServiceError::invalid("key", vec![Problem::new("/rate_limit_per_minute", detail)]))
        }
        _ => Ok(NewKeyRequest { workflows, rate_limit_per_minute: limit, ..request }),
    }
}

/// Whether the caller's key may do everything that another one may.
fn covers(caller: &TenantCaller, test: bool, grant: &Grant) -> Result<(), ServiceError> {
    if caller.key.test && !test {
        let why = "A test key manages test keys only: send \"test\": true, or use a live key";
        return Err(ServiceError::Forbidden(why.to_owned()));
    }
    grant.scopes.iter().try_for_each(|scope| caller.require(*scope))
}
