//! JSON Schema (2020-12 unless the schema says otherwise) for inputs, outputs and answers. References
//! lead nowhere but into the schema itself; patterns run in linear time; and how often a value is
//! looked at is counted before it is judged.

#[cfg(test)]
pub(super) mod bombs;
mod compiled;
mod effort;
mod parts;

pub use compiled::{Compiled, MAX_SCHEMA_BYTES, MAX_SCHEMA_DEPTH, compile};
