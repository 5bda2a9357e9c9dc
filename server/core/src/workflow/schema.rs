//! JSON Schema.

use serde_json::Value;

use super::Problem;

/// A schema made ready.
#[derive(Clone, Debug)]
pub struct Compiled {
    validator: std::sync::Arc<jsonschema::Validator>,
}

/// Compiles a schema.
///
/// # Errors
/// One sentence.
pub fn compile(schema: &Value) -> Result<Compiled, String> {
    let validator = jsonschema::options().build(schema).map_err(|e| e.to_string())?;
    Ok(Compiled {
        validator: std::sync::Arc::new(validator),
    })
}

impl Compiled {
    /// Everything that is wrong with a value.
    #[must_use]
    pub fn problems(&self, value: &Value) -> Vec<Problem> {
        self.validator
            .iter_errors(value)
            .map(|e| Problem::new(e.instance_path().to_string(), e.to_string()))
            .collect()
    }
}
