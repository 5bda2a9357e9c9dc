//! What admins and their tokens may do: one list for roles, scopes and the endpoints that ask.

macro_rules! permissions {
    ($($(#[$doc:meta])* $variant:ident = $scope:literal, $role:ident;)*) => {
        /// What a use-case asks of an admin.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission {
            $($(#[$doc])* $variant,)*
        }

        impl Permission {
            /// Every permission, in the order of the list.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The scope that gives it to a token.
            #[must_use]
            pub fn scope(self) -> &'static str {
                match self {
                    $(Self::$variant => $scope,)*
                }
            }

            /// The least role that has it.
            #[must_use]
            pub fn least_role(self) -> Role {
                match self {
                    $(Self::$variant => Role::$role,)*
                }
            }
        }
    };
}

permissions! {
    /// See runs of all tenants, with what is internal in them.
    ReadExecutions = "executions:read", Viewer;
    /// Start and stop runs, and decide what they wait for.
    SteerExecutions = "executions:write", Operator;
    /// Run a definition that comes with the call and that nobody saved.
    RunInline = "definitions:inline", Admin;
    /// See tenants and what they are assigned.
    ReadTenants = "tenants:read", Viewer;
    /// Make, change, suspend and delete tenants.
    WriteTenants = "tenants:write", Admin;
    /// See tenants' keys, as far as they can be shown.
    ReadKeys = "keys:read", Viewer;
    /// Make and take back tenants' keys.
    WriteKeys = "keys:write", Admin;
    /// See tenants' webhook endpoints, and what was sent to them.
    ReadWebhooks = "webhooks:read", Viewer;
    /// Change tenants' webhook endpoints, read what their webhooks are signed with, and send them again.
    WriteWebhooks = "webhooks:write", Admin;
    /// See definitions with all their versions.
    ReadWorkflows = "workflows:read", Viewer;
    /// Save, delete and assign definitions.
    WriteWorkflows = "workflows:write", Admin;
    /// See agents with all their versions.
    ReadAgents = "agents:read", Viewer;
    /// Save and delete agents.
    WriteAgents = "agents:write", Admin;
    /// See what models cost.
    ReadPrices = "prices:read", Viewer;
    /// Name what models cost.
    WritePrices = "prices:write", Admin;
    /// See who changed what.
    ReadAudit = "audit:read", Admin;
}

impl Permission {
    /// The permission that a scope gives.
    #[must_use]
    pub fn of_scope(scope: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|permission| permission.scope() == scope)
    }
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
    /// Every role, the least first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Operator, Self::Admin, Self::Owner];

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
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}
