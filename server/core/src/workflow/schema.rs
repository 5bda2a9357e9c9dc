//! JSON Schema (2020-12 unless the schema says otherwise) for inputs, outputs and answers. References
//! lead nowhere but into the schema itself; patterns run in linear time.

use std::fmt;
use std::sync::Arc;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::Value;

use super::{Problem, pointer};
use crate::json;

/// Bytes of a schema's JSON text.
pub const MAX_SCHEMA_BYTES: usize = 64 << 10;

/// Arrays and objects inside each other in a schema.
pub const MAX_SCHEMA_DEPTH: usize = 32;

/// Problems reported of one value.
const MAX_PROBLEMS: usize = 50;

/// Bytes that the automaton of one pattern may take.
const MAX_PATTERN_BYTES: usize = 1 << 20;

/// A schema made ready.
#[derive(Clone)]
pub struct Compiled(Arc<Validator>);

impl fmt::Debug for Compiled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Compiled(…)")
    }
}

/// Compiles a schema.
///
/// # Errors
/// What is wrong with it; the pointer leads into the schema.
pub fn compile(schema: &Value) -> Result<Compiled, Problem> {
    if json::depth(schema) > MAX_SCHEMA_DEPTH {
        let detail = format!("the schema nests deeper than {MAX_SCHEMA_DEPTH} levels");
        return Err(Problem::new("", detail));
    }
    if schema.to_string().len() > MAX_SCHEMA_BYTES {
        let detail = format!("the schema has more than {MAX_SCHEMA_BYTES} bytes");
        return Err(Problem::new("", detail));
    }
    let patterns = PatternOptions::regex().size_limit(MAX_PATTERN_BYTES).dfa_size_limit(MAX_PATTERN_BYTES);
    jsonschema::options()
        .offline()
        .with_pattern_options(patterns)
        .build(schema)
        .map(|validator| Compiled(Arc::new(validator)))
        .map_err(|error| refused(&error))
}

impl Compiled {
    /// What is wrong with a value, at most fifty problems. Details never repeat the value.
    #[must_use]
    pub fn problems(&self, value: &Value) -> Vec<Problem> {
        self.0.iter_errors(value).flat_map(|error| described(&error)).take(MAX_PROBLEMS).collect()
    }
}

/// Why a schema does not compile.
fn refused(error: &ValidationError<'_>) -> Problem {
    let detail = match error.kind() {
        ValidationErrorKind::Referencing(_) => {
            "a `$ref` or `$schema` leads to something that is not in the schema itself".to_owned()
        }
        ValidationErrorKind::Format { format } if format == "regex" => {
            "the pattern cannot be used: it is not well formed, too large, or looks around or back".to_owned()
        }
        _ => format!("this is no JSON Schema: {}", error.masked_with("the value")),
    };
    Problem::new(error.instance_path().to_string(), detail)
}

/// One problem for each member that is missing or unexpected, else one for the error.
fn described(error: &ValidationError<'_>) -> Vec<Problem> {
    let parent = error.instance_path().to_string();
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            vec![Problem::new(pointer::member(&parent, name), format!("`{name}` is missing"))]
        }
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => unexpected
            .iter()
            .map(|name| {
                Problem::new(pointer::member(&parent, name), format!("`{name}` is not expected here"))
            })
            .collect(),
        _ => vec![Problem::new(parent, error.masked_with("the value").to_string())],
    }
}

#[cfg(test)]
#[path = "schema_test.rs"]
mod tests;
