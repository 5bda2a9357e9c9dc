//! Reads definitions and agents from YAML or JSON. Every structural problem is found in one pass
//! (unknown members with what was meant, missing ones, wrong types, unknown words), and what can be
//! made out in spite of them is handed on, so that validation can add its own problems to them.

mod reading;
mod shape;
mod structure;
mod text;
mod unique;

pub(super) use reading::{Reading, read_agent, read_definition};
pub use reading::{agent, agent_from_value, definition, definition_from_value, overrides};
pub use text::{MAX_DEPTH, MAX_TEXT_BYTES};

#[cfg(test)]
#[path = "parse_test.rs"]
mod tests;
