//! What these tests share.

use crate::harness::{Api, Server, magone};

/// Gives back what it is asked.
pub const ECHO: &str = "
id: echo
entry_step: shape
steps:
  - { id: shape, type: transform, value: '{{ input }}' }
";

/// Changes a tenant with the command line.
pub fn update(server: &Server, tenant: &str, arguments: &[&str]) {
    magone(server.data(), &[&["tenant", "update", tenant], arguments].concat()).succeeded();
}

/// One of the tenant's rates, as it stands.
pub fn rate(api: &Api, policy: &str) -> serde_json::Value {
    let limits = api.get("/api/v1/external/limits").expect(200).json();
    let rates = limits["rates"].as_array().unwrap();
    rates.iter().find(|rate| rate["policy"] == policy).cloned().unwrap_or_default()
}

/// One of the tenant's quotas, as it stands.
pub fn quota(api: &Api, quota: &str) -> serde_json::Value {
    let limits = api.get("/api/v1/external/limits").expect(200).json();
    let quotas = limits["quotas"].as_array().unwrap();
    quotas.iter().find(|found| found["quota"] == quota).cloned().unwrap_or_default()
}
