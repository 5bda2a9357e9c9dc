//! Addresses that answers carry.

/// Where all of it lives.
pub const PREFIX: &str = "/api/v1/external";

/// Where a run's status is.
#[must_use]
pub fn status_url(id: &magone_core::ids::ExecutionId) -> String {
    format!("{PREFIX}/executions/{id}")
}
