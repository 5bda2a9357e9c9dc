//! Who asks.

use std::sync::Arc;

use magone_core::grant::{Grant, Scope};
use magone_core::ids::KeyId;
use magone_core::tenant::Tenant;
use magone_core::time::Timestamp;
use magone_store::{AdminRow, AdminTokenRow};

use crate::{Permission, Role, ServiceError};

/// A tenant's program, known by its key.
#[derive(Clone, Debug)]
pub struct TenantCaller {
    /// The tenant.
    pub tenant: Arc<Tenant>,
    /// The key.
    pub key: Arc<CallerKey>,
    /// The admin who acts in the tenant's place, as the audit log names them.
    pub(crate) admin: Option<Arc<str>>,
}

/// The key that a caller came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerKey {
    /// Its identity; `None` where the server itself acts for the tenant, and for a script's key that
    /// could not be copied yet.
    pub id: Option<KeyId>,
    /// What it may do.
    pub grant: Grant,
    /// A `_test_` key: scripted models, no cost.
    pub test: bool,
    /// Starts of runs per minute; `None`: only the tenant's own limit.
    pub rate_limit_per_minute: Option<u32>,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// What it is looked up by; empty where there is no key.
    pub(crate) hash: String,
}

impl TenantCaller {
    /// The server itself, on behalf of a tenant: everything that the tenant may, and no key.
    #[must_use]
    pub fn server(tenant: Arc<Tenant>) -> Self {
        let key = CallerKey {
            id: None,
            grant: Grant::whole(),
            test: false,
            rate_limit_per_minute: None,
            expires_at: None,
            hash: String::new(),
        };
        Self { tenant, key: Arc::new(key), admin: None }
    }

    /// An admin, in the place of a tenant. What they change is in the audit log.
    pub(crate) fn stand_in(tenant: Arc<Tenant>, admin: &AdminCaller) -> Self {
        Self { admin: Some(admin.actor().into()), ..Self::server(tenant) }
    }

    /// Checks a scope.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], naming the scope.
    pub fn require(&self, scope: Scope) -> Result<(), ServiceError> {
        match self.key.grant.has(scope) {
            true => Ok(()),
            false => {
                Err(ServiceError::Forbidden(format!("This needs a key with the scope '{}'", scope.as_str())))
            }
        }
    }

    /// Whether the key is for this workflow of its tenant. What it is not for, is not there.
    #[must_use]
    pub fn reaches(&self, workflow: &str) -> bool {
        self.key.grant.reaches(workflow)
    }
}

/// Where an admin's rights come from.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Authority {
    /// An account's role.
    Role(Role),
    /// A token's scopes.
    Scopes(Vec<Permission>),
}

/// Somebody signed in to the console, a program with an admin token, or an operator at the
/// machine's own command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminCaller {
    actor: String,
    authority: Authority,
}

impl AdminCaller {
    /// The operator at the command line, who can read the database anyway.
    #[must_use]
    pub fn command_line() -> Self {
        Self { actor: "command line".to_owned(), authority: Authority::Role(Role::Owner) }
    }

    /// Whoever signed in to an account.
    ///
    /// # Errors
    /// [`ServiceError::Internal`] for a role that nobody knows.
    pub fn account(admin: &AdminRow) -> Result<Self, ServiceError> {
        let unknown =
            || ServiceError::Internal(format!("admin '{}' has the unknown role '{}'", admin.id, admin.role));
        let role = Role::parse(&admin.role).ok_or_else(unknown)?;
        Ok(Self { actor: format!("{} {}", admin.id, admin.name), authority: Authority::Role(role) })
    }

    /// A program with a token. Scopes that this version does not know give nothing.
    #[must_use]
    pub fn token(token: &AdminTokenRow) -> Self {
        let scopes = token.scopes.iter().filter_map(|scope| Permission::of_scope(scope)).collect();
        Self { actor: format!("{} {}", token.id, token.name), authority: Authority::Scopes(scopes) }
    }

    /// Who, as the audit log names them.
    #[must_use]
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// Checks a permission.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], naming the scope or the role that is needed.
    pub fn require(&self, permission: Permission) -> Result<(), ServiceError> {
        match &self.authority {
            Authority::Role(_) => self.require_role(permission.least_role()),
            Authority::Scopes(scopes) if scopes.contains(&permission) => Ok(()),
            Authority::Scopes(_) => {
                Err(ServiceError::Forbidden(format!("This needs the scope '{}'", permission.scope())))
            }
        }
    }

    /// Checks for what no token may do, whatever its scopes: administering admins.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], naming the role that is needed.
    pub fn require_role(&self, needed: Role) -> Result<(), ServiceError> {
        match &self.authority {
            Authority::Role(role) if *role >= needed => Ok(()),
            _ => Err(ServiceError::Forbidden(format!("This needs the role '{}'", needed.as_str()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(authority: Authority) -> AdminCaller {
        AdminCaller { actor: "x".to_owned(), authority }
    }

    fn refusal(caller: &AdminCaller, permission: Permission) -> Option<String> {
        caller.require(permission).err().map(|error| error.to_string())
    }

    #[test]
    fn a_role_has_what_lesser_roles_have_and_the_refusal_names_what_is_needed() {
        let of = |role| with(Authority::Role(role));
        for permission in Permission::ALL {
            for role in Role::ALL {
                let refused = refusal(&of(role), *permission);
                let needed = permission.least_role();
                let sentence = format!("This needs the role '{}'", needed.as_str());
                assert_eq!(refused, (role < needed).then_some(sentence));
            }
        }
    }

    #[test]
    fn a_token_has_its_scopes_and_no_role() {
        for held in Permission::ALL {
            let token = with(Authority::Scopes(vec![*held]));
            for asked in Permission::ALL {
                let sentence = format!("This needs the scope '{}'", asked.scope());
                assert_eq!(refusal(&token, *asked), (asked != held).then_some(sentence));
            }
        }
        let all = with(Authority::Scopes(Permission::ALL.to_vec()));
        assert!(all.require_role(Role::Viewer).is_err(), "a token makes no further tokens");
    }

    #[test]
    fn scopes_are_words_of_their_own() {
        for permission in Permission::ALL {
            assert_eq!(Permission::of_scope(permission.scope()), Some(*permission));
        }
        assert_eq!(Permission::of_scope("everything"), None);
    }
}
