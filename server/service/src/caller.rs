//! Who asks.

use std::sync::Arc;

use magone_core::ids::AdminId;
use magone_core::tenant::Tenant;

use crate::ServiceError;

/// A tenant's program, known by its key.
#[derive(Clone, Debug)]
pub struct TenantCaller {
    /// The tenant.
    pub tenant: Arc<Tenant>,
    /// A `_test_` key: scripted models, no cost.
    pub test: bool,
}

/// What an admin is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads.
    Viewer,
    /// Reads, starts and stops runs.
    Operator,
    /// Changes tenants, keys, workflows and agents.
    Admin,
    /// Everything, other admins included.
    Owner,
}

impl Role {
    /// The word in the database and on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// The role of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Viewer, Self::Operator, Self::Admin, Self::Owner]
            .into_iter()
            .find(|role| role.as_str() == text)
    }
}

/// What a use-case asks of an admin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// See runs of all tenants, with what is internal in them.
    ReadExecutions,
    /// Stop runs.
    SteerExecutions,
    /// Change tenants, keys, workflows and agents.
    Configure,
}

impl Permission {
    fn least_role(self) -> Role {
        match self {
            Self::ReadExecutions => Role::Viewer,
            Self::SteerExecutions => Role::Operator,
            Self::Configure => Role::Admin,
        }
    }
}

/// Somebody signed in to the console, or an operator at the machine's own command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminCaller {
    /// Who, for the audit log; `None`: the command line on the database's own machine.
    pub id: Option<AdminId>,
    /// What they call themselves, for the audit log.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

impl AdminCaller {
    /// The operator at the command line, who can read the database anyway.
    #[must_use]
    pub fn command_line() -> Self {
        Self { id: None, name: "command line".to_owned(), role: Role::Owner }
    }

    /// Checks a permission.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], naming the role that is needed.
    pub fn require(&self, permission: Permission) -> Result<(), ServiceError> {
        let needed = permission.least_role();
        if self.role >= needed {
            return Ok(());
        }
        Err(ServiceError::Forbidden(format!("This needs the role '{}'", needed.as_str())))
    }
}
