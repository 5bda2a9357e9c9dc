//! What tenants call with their key: the first API's paths and bodies, and what came since.

pub mod events;
pub mod execute;
pub mod executions;
mod prefer;
pub mod workflows;

/// Where all of it lives.
pub const PREFIX: &str = "/api/v1/external";

/// Where a run's status is.
#[must_use]
pub fn status_url(id: &magone_core::ids::ExecutionId) -> String {
    format!("{PREFIX}/executions/{id}")
}
