//! Templates and conditions: strict, bounded, deterministic.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use crate::json::Json;

/// What a finished step offers to templates.
#[derive(Clone, Debug)]
pub struct StepValue {
    /// `completed` or `failed`.
    pub status: &'static str,
    /// Its output; null where it has none.
    pub output: Json,
}

/// The names that a template may use. Only those that a template does use are ever asked for.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// What the run was given.
    pub input: &'a Json,
    /// Defaults overlaid with the caller's.
    pub context: &'a Json,
    /// Server-side values.
    pub config: &'a Json,
    /// The caller's session id, or null.
    pub session: &'a Json,
    /// A finished step by its id; `None` when it has not ended.
    pub steps: &'a dyn Fn(&str) -> Option<StepValue>,
}

impl fmt::Debug for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}

/// Why a template gives no value: one sentence for whoever wrote it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TemplateError(String);

/// The names that a template uses, with their attributes: `steps.fetch.output`.
pub type Names = BTreeSet<String>;

/// Renders every string inside `template`; object keys are taken as they are.
///
/// # Errors
/// A syntax error, a name without a value, or a bound that was reached.
pub fn render(template: &Value, _scope: &Scope<'_>) -> Result<Value, TemplateError> {
    Ok(template.clone())
}

/// Renders one string to text.
///
/// # Errors
/// As [`render`].
pub fn render_text(template: &str, _scope: &Scope<'_>) -> Result<String, TemplateError> {
    Ok(template.to_owned())
}

/// Whether a condition holds.
///
/// # Errors
/// As [`render`].
pub fn evaluate(expression: &str, _scope: &Scope<'_>) -> Result<bool, TemplateError> {
    Err(TemplateError(expression.to_owned()))
}
