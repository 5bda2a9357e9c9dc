//! Taking away what is old enough, and everything that a tenant has. In small batches, each a unit of its
//! own for the writer, so that runs go on meanwhile; each batch can be done again, so that it goes on after
//! a crash.

mod batch;
mod erasures;
mod retention;
mod tables;

pub use erasures::{Erasure, Erasures, Step};
pub use retention::{Retained, Retention};
