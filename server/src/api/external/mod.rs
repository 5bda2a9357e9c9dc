//! What tenants call with their key: the first API's paths and bodies, and what came since.

mod address;
mod answer;
pub mod approvals;
pub mod events;
pub mod execute;
pub mod executions;
pub mod keys;
pub mod retry;
pub mod standing;
pub mod workflows;

pub use address::{PREFIX, status_url};
