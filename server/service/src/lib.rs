//! The use-cases: what REST, the console and the command line ask for. Every function takes the
//! caller's identity first, and checks here what the caller may do. No HTTP, no actor, no SQL.

mod accounts;
mod admin_executions;
mod admin_tokens;
mod admins;
mod agents;
mod approvals;
mod assignments;
mod audit;
mod caller;
mod catalog;
mod definitions;
mod difference;
mod error;
mod executions;
mod house_runs;
mod keys;
mod members;
mod password;
mod permission;
mod request;
mod services;
mod settings;
mod sync;
mod tenants;
mod versioned;
mod workflows;

pub use accounts::{NewAccount, OpenedAccount};
pub use admin_executions::{AdminExecution, AdminExecutionPage, AdminExecutionRow};
pub use admin_tokens::{CreatedToken, NewTokenRequest};
pub use admins::{NewOwner, SignedIn};
pub use assignments::{Assignment, Effective};
pub use caller::{AdminCaller, TenantCaller};
pub use catalog::{Catalog, Resolved};
pub use difference::Difference;
pub use error::ServiceError;
pub use executions::{EventPage, Executions};
pub use house_runs::HouseRequest;
pub use keys::{CreatedKey, NewKeyRequest, Rotation};
pub use permission::{Permission, Role};
pub use request::ExecuteRequest;
pub use services::{Clock, Services};
pub use sync::Waited;
pub use tenants::{CreatedTenant, NewTenantRequest, TenantChanges};
pub use versioned::{SaveRequest, Version};
pub use workflows::WorkflowInfo;
