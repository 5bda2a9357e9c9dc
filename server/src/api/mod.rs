//! The HTTP interface. `routes` is the one list of what there is; the router and the tests are made
//! from it.

mod accept;
pub mod external;
mod health;
mod idempotency;
pub mod internal;
pub mod openapi;
mod pages;
mod prefer;
mod query;
mod routes;
mod schemas;
pub mod webhooks;

pub use routes::{Access, Endpoint, configure, endpoints};
