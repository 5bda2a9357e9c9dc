//! Tokens of the internal API.

use std::collections::BTreeSet;

use magone_core::admin_token::AdminToken;
use magone_core::ids::AdminTokenId;
use magone_core::ports::StoreError;
use magone_core::time::Timestamp;
use magone_core::workflow::Problem;
use magone_store::{AdminTokenRow, NewAdminToken};
use serde_json::{Value, json};

use crate::audit::Change;
use crate::{AdminCaller, Permission, Role, ServiceError, Services};

/// What a token is made of.
#[derive(Clone, Debug, Default)]
pub struct NewTokenRequest {
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it ends by itself; `None`: never.
    pub expires_at: Option<Timestamp>,
}

/// A token, for the only time that it is shown.
#[derive(Clone, Debug)]
pub struct CreatedToken {
    /// How it is listed.
    pub row: AdminTokenRow,
    /// The token.
    pub token: AdminToken,
}

impl Services {
    /// Makes a token; it is shown only now.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`]; [`ServiceError::Validation`] for name, scopes or time.
    pub async fn create_admin_token(
        &self,
        caller: &AdminCaller,
        request: NewTokenRequest,
    ) -> Result<CreatedToken, ServiceError> {
        caller.require_role(Role::Owner)?;
        let now = (self.clock.now)();
        let problems = problems(&request, now);
        if !problems.is_empty() {
            return Err(ServiceError::invalid("admin token", problems));
        }
        let token = AdminToken::from_random((self.clock.random)());
        let row = AdminTokenRow {
            id: AdminTokenId::from_uuid((self.clock.mint)()),
            name: request.name.trim().to_owned(),
            prefix: token.display_prefix().to_owned(),
            scopes: request.scopes.into_iter().collect::<BTreeSet<_>>().into_iter().collect(),
            created_by: caller.actor().to_owned(),
            created_at: now,
            expires_at: request.expires_at,
            revoked_at: None,
        };
        self.store.admins().add_token(stored(&row, &token)).await?;
        let change = Change::new("admin_token.created", ("admin_token", row.id.as_str())).to(noted(&row));
        self.note(caller, change).await?;
        Ok(CreatedToken { row, token })
    }

    /// All tokens, oldest first, revoked and expired ones included.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], or what the store says.
    pub async fn admin_tokens(&self, caller: &AdminCaller) -> Result<Vec<AdminTokenRow>, ServiceError> {
        caller.require_role(Role::Owner)?;
        Ok(self.store.admins().tokens().await?)
    }

    /// Takes a token back, for good.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] or [`ServiceError::NotFound`].
    pub async fn revoke_admin_token(
        &self,
        caller: &AdminCaller,
        id: &str,
    ) -> Result<AdminTokenRow, ServiceError> {
        caller.require_role(Role::Owner)?;
        let id = AdminTokenId::from_text(id);
        let row = match self.store.admins().revoke_token(&id, (self.clock.now)()).await {
            Err(StoreError::NotFound(_)) => return Err(ServiceError::not_found("Admin token", id.as_str())),
            revoked => revoked?,
        };
        self.catalog.forget();
        let change = Change::new("admin_token.revoked", ("admin_token", id.as_str()));
        self.note(caller, change.from(noted(&row)).to(json!({"revoked_at": row.revoked_at}))).await?;
        Ok(row)
    }
}

fn problems(request: &NewTokenRequest, now: Timestamp) -> Vec<Problem> {
    let mut problems = Vec::new();
    if !(1..=100).contains(&request.name.trim().chars().count()) {
        problems.push(Problem::new("/name", "A token's name has 1 to 100 characters"));
    }
    let known = || Permission::ALL.iter().map(|known| known.scope()).collect::<Vec<_>>().join(", ");
    if request.scopes.is_empty() {
        problems.push(Problem::new("/scopes", format!("A token needs at least one scope of {}", known())));
    }
    for (at, scope) in request.scopes.iter().enumerate() {
        if Permission::of_scope(scope).is_none() {
            let detail = format!("There is no scope '{scope}'; the scopes are {}", known());
            problems.push(Problem::new(format!("/scopes/{at}"), detail));
        }
    }
    if request.expires_at.is_some_and(|at| at <= now) {
        problems.push(Problem::new("/expires_at", "A token ends in the future"));
    }
    problems
}

fn stored(row: &AdminTokenRow, token: &AdminToken) -> NewAdminToken {
    NewAdminToken {
        id: row.id.clone(),
        name: row.name.clone(),
        hash: token.hash(),
        prefix: row.prefix.clone(),
        scopes: row.scopes.clone(),
        created_by: row.created_by.clone(),
        created_at: row.created_at,
        expires_at: row.expires_at,
    }
}

fn noted(row: &AdminTokenRow) -> Value {
    json!({"name": row.name, "prefix": row.prefix, "scopes": row.scopes, "expires_at": row.expires_at})
}
