//! Webhooks, for tenants with their keys and for admins in a tenant's place: one handler for both, below
//! two addresses.

pub mod deliveries;
pub mod endpoints;
mod named;
