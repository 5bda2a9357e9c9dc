//! Templates and conditions in the Jinja language: strict (a name without a value is an error),
//! bounded (work, nesting, output), and deterministic (no clock, no randomness, no loaders, no
//! environment). What was rendered is never rendered again: `{{ 7 * 7 }}` in an input stays text.
//!
//! A string that is exactly one `{{ expression }}` keeps the JSON type of its value. In any other
//! string text appears as it is, and everything else as JSON.

mod bound;
mod engine;
mod names;
mod node;
mod output;
mod rendering;
mod scope;
mod token;

pub use bound::{MAX_OUTPUT_BYTES, MAX_TEMPLATES};
pub use engine::TemplateError;
pub use names::{Names, check, check_expression, is_function, is_template};
pub use rendering::{evaluate, render, render_text};
pub use scope::{Scope, StepValue};

#[cfg(test)]
#[path = "template_test.rs"]
mod template_test;
