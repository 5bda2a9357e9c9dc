//! Everything that can be wrong with a definition or an agent, all at once, each with a JSON
//! pointer and a sentence. Saving, the command line and the console's editor ask here.

mod agent;
mod child;
mod collections;
mod definition;
mod document;
mod model;
mod names;
mod order;
mod range;
mod step;

pub use agent::agent;
pub use child::MAX_CHILD_DEPTH;
pub use collections::Collections;
pub use definition::{Known, MAX_NESTING, MAX_STEPS, MAX_TEMPLATE_BYTES, definition};
pub use document::{read_agent, read_agent_value, read_definition, read_definition_value};
pub(super) use model::check as model_name;

#[cfg(test)]
#[path = "validate_test.rs"]
mod tests;

#[cfg(test)]
#[path = "flood_test.rs"]
mod flood_tests;
