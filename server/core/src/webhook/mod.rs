//! Webhooks: which events are told, what is said, how it is signed (Standard Webhooks 1.0), and when
//! it is tried again. All of it pure: times and randomness come in as values.

mod body;
mod event;
mod schedule;
mod secret;

pub use body::{Body, body, test_body};
pub use event::WebhookEvent;
pub use schedule::{ATTEMPTS, Outcome, PATIENCE_MS, Verdict, is_hopeless, judge};
pub use secret::{MalformedSecret, SigningSecret, signatures};

#[cfg(test)]
#[path = "webhook_test.rs"]
mod tests;
