//! The use-cases: what REST, the console and the command line ask for. Every function takes the
//! caller's identity first, and checks here what the caller may do. No HTTP, no actor, no SQL.

mod admin_executions;
mod admins;
mod agents;
mod approvals;
mod caller;
mod catalog;
mod error;
mod executions;
mod keys;
mod password;
mod request;
mod services;
mod sync;
mod tenants;
mod workflows;

pub use admin_executions::{AdminExecution, AdminExecutionPage, AdminExecutionRow};
pub use admins::{NewOwner, SignedIn};
pub use caller::{AdminCaller, Permission, Role, TenantCaller};
pub use catalog::{Catalog, Resolved};
pub use error::ServiceError;
pub use executions::{EventPage, Executions};
pub use request::ExecuteRequest;
pub use services::{Clock, Services};
pub use sync::Waited;
pub use tenants::{CreatedTenant, NewTenantRequest};
pub use workflows::WorkflowInfo;
