//! Figures about the server, as Prometheus reads them. Every instrument is declared here, with labels of
//! which there are only so many: no tenant, no key, no id and no path of a request is ever one.

mod instruments;
mod listener;
mod page;

pub use instruments::{committed, limiter_decided, requested, webhook_attempted};
pub use listener::server;
pub(crate) use page::read_doc;
pub use page::{read, render};
