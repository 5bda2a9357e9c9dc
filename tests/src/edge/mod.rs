//! The HTTP edge: who may call from where, what is too much, what is told about it.

mod caps;
mod errors;
mod load;
mod metrics;
mod origins;
mod pages;
mod schemathesis;
mod trace;
