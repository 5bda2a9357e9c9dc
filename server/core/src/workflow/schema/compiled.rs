//! Schemas made ready, and what values are told by them.

use std::fmt;
use std::sync::Arc;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::Value;

use super::effort::{Effort, MAX_LOOKS};
use crate::json;
use crate::workflow::{Problem, pointer};

/// Bytes of a schema's JSON text.
pub const MAX_SCHEMA_BYTES: usize = 64 << 10;

/// Arrays and objects inside each other in a schema.
pub const MAX_SCHEMA_DEPTH: usize = 32;

/// Problems reported of one value.
const MAX_PROBLEMS: usize = 50;

/// Bytes that the automaton of one pattern may take.
const MAX_PATTERN_BYTES: usize = 1 << 20;

/// Bytes that the automata of all patterns of a schema may take.
const MAX_PATTERNS_BYTES: usize = 16 << 20;

/// A schema made ready.
#[derive(Clone)]
pub struct Compiled(Arc<(Validator, Effort)>);

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
    // Where there are many, each has its share.
    let bytes = MAX_PATTERN_BYTES.min(MAX_PATTERNS_BYTES / patterns_in(schema).max(1));
    let validator = build(schema, bytes).map_err(|error| refused(&error))?;
    let effort = Effort::of(schema, &|pattern| size(pattern, bytes));
    let effort = effort.map_err(|why| Problem::new("", format!("the schema cannot be used: {why}")))?;
    Ok(Compiled(Arc::new((validator, effort))))
}

fn build(schema: &Value, pattern_bytes: usize) -> Result<Validator, ValidationError<'static>> {
    let patterns = PatternOptions::regex().size_limit(pattern_bytes).dfa_size_limit(pattern_bytes);
    jsonschema::options().offline().with_pattern_options(patterns).build(schema)
}

/// Bytes of a pattern's automaton, to a power of two. The library tells no sizes, but what is too large
/// for it.
fn size(pattern: &str, most: usize) -> u64 {
    let schema = serde_json::json!({ "pattern": pattern });
    let mut sizes =
        std::iter::successors(Some(1 << 10), |bytes| Some(bytes * 2)).take_while(|bytes| *bytes < most);
    let size = sizes.find(|bytes| build(&schema, *bytes).is_ok());
    u64::try_from(size.unwrap_or(most)).unwrap_or(u64::MAX)
}

/// How many patterns a schema has, or a few more: what is called as they are counts as well. Does not
/// recurse.
fn patterns_in(schema: &Value) -> usize {
    let mut found = 0;
    let mut open = vec![schema];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(members) => {
                found += usize::from(members.get("pattern").is_some_and(Value::is_string));
                let named = members.get("patternProperties").and_then(Value::as_object);
                found += named.map_or(0, serde_json::Map::len);
                open.extend(members.values());
            }
            _ => {}
        }
    }
    found
}

impl Compiled {
    /// What is wrong with a value, at most fifty problems. Details never repeat the value.
    #[must_use]
    pub fn problems(&self, value: &Value) -> Vec<Problem> {
        let (validator, effort) = &*self.0;
        if !effort.allows(value) {
            let detail = format!(
                "the schema would look at this value more than {MAX_LOOKS} times: make the value smaller or \
                 nest it less deep, or let fewer of the schema's parts look at the same place"
            );
            return vec![Problem::new("", detail)];
        }
        validator.iter_errors(value).flat_map(|error| described(&error)).take(MAX_PROBLEMS).collect()
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
#[path = "compiled_test.rs"]
mod tests;
