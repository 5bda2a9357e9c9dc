//! Who a request comes from, as extractors: a handler that takes none of them has no caller.

mod admin;
mod bearer;
mod body;
mod refusal;
mod tenant;

pub use admin::{
    Admin, AdminBody, Guarded, Needs, ReadAudit, ReadExecutions, ReadKeys, ReadPrices, ReadTenants,
    ReadWorkflows, Reads, SteerExecutions, WriteKeys, WritePrices, WriteTenants, WriteWorkflows, Writes,
};
pub use body::WithBody;
pub use refusal::WRONG_MOST;
pub use tenant::{AnyKey, Asks, Execute, ManageKeys, ManageWebhooks, Read, Scoped, Tenant};
