//! Webhooks as their tenant works with them, and as whoever posts them does.

mod deliveries;
mod endpoints;
mod posting;
mod request;
mod secrets;

pub use deliveries::DeliveryPage;
pub use request::{EndpointChanges, EndpointRequest, SecretRotation};
pub use secrets::{DEFAULT_SECRET, WebhookSecret};
