//! The contract as an artefact: the OpenAPI 3.1 document, made from the list of endpoints, from what
//! stands beside each handler and from the types that handlers read and answer.

mod doc;
mod document;
mod handler;
mod header;
mod operation;
mod parameter;
mod schemas;

pub use doc::Doc;
pub use document::{document, text};
pub(super) use handler::{serve, serve_doc};
pub use header::Header;
pub(super) use schemas::required;
