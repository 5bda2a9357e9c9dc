//! Webhooks: endpoints and deliveries as their tenant sees them, the outbox as whoever delivers it
//! sees it, and the sealed secrets that bodies are signed with.

mod claim;
mod deliveries;
mod endpoints;
mod outbox;
mod row;
mod secrets;
mod settle;

pub use claim::Claimed;
pub use deliveries::{DeliveryFilter, NewDelivery};
pub use endpoints::{EndpointPatch, NewEndpoint};
pub use outbox::{Candidate, Lane, Outbox};
pub use row::{AttemptRow, DeliveryRow, DeliveryStatus, EndpointRow};
pub use secrets::{SecretRow, Secrets};
pub use settle::Settlement;

#[cfg(test)]
#[path = "webhooks_test.rs"]
mod tests;
