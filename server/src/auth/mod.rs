//! Who a request comes from, as extractors: a handler that takes none of them has no caller.

mod admin;
mod bearer;
mod body;
mod refusal;
mod stand_in;
mod tenant;

pub use admin::{
    Admin, AdminBody, Guarded, Needs, ReadAudit, ReadExecutions, ReadKeys, ReadPrices, ReadTenants,
    ReadWebhooks, ReadWorkflows, Reads, SteerExecutions, WriteKeys, WritePrices, WriteTenants, WriteWebhooks,
    WriteWorkflows, Writes,
};
pub use body::WithBody;
pub use refusal::WRONG_MOST;
pub use stand_in::{StandIn, StandInBody};
pub use tenant::{AnyKey, Asks, Execute, ManageKeys, ManageWebhooks, Read, Scoped, Tenant};
