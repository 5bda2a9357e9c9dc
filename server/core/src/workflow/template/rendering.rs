//! Rendering.

use std::io;

use serde_json::Value;

use super::bound::{self, Budget, MAX_DEPTH};
use super::engine::{self, TemplateError, translate};
use super::names::{is_template, names_of};
use super::output;
use super::scope::Scope;

/// Renders every string inside `template`; keys of objects are taken as they are.
///
/// # Errors
/// A syntax error, a name without a value, or a bound that was reached.
pub fn render(template: &Value, scope: &Scope<'_>) -> Result<Value, TemplateError> {
    value(template, scope, &mut Budget::new(), 0)
}

/// Renders one string to text.
///
/// # Errors
/// As [`render`].
pub fn render_text(template: &str, scope: &Scope<'_>) -> Result<String, TemplateError> {
    if !is_template(template) {
        return Ok(template.to_owned());
    }
    text(template, scope, &mut Budget::new())
}

/// Whether a condition holds: true, a number but 0, a text, array or object that is not empty.
///
/// # Errors
/// As [`render`].
pub fn evaluate(condition: &str, scope: &Scope<'_>) -> Result<bool, TemplateError> {
    let outcome = computed(&engine::condition(condition)?, condition, scope)?;
    if outcome.is_undefined() {
        return Err(undefined(condition));
    }
    Ok(outcome.is_true())
}

fn value(
    template: &Value,
    scope: &Scope<'_>,
    budget: &mut Budget,
    depth: usize,
) -> Result<Value, TemplateError> {
    if depth > MAX_DEPTH {
        return Err(TemplateError::new("it nests too deep"));
    }
    match template {
        Value::String(source) if is_template(source) => string(source, scope, budget),
        Value::Array(items) => items.iter().map(|item| value(item, scope, budget, depth + 1)).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(key, item)| Ok((key.clone(), value(item, scope, budget, depth + 1)?)))
            .collect(),
        plain => Ok(plain.clone()),
    }
}

fn string(source: &str, scope: &Scope<'_>, budget: &mut Budget) -> Result<Value, TemplateError> {
    budget.take_template()?;
    let Some(inner) = only_expression(source) else {
        return text(source, scope, budget).map(Value::String);
    };
    let Ok(expression) = engine::expression(inner) else {
        // Two tags with text between them look like one tag from outside.
        return text(source, scope, budget).map(Value::String);
    };
    let outcome = computed(&expression, inner, scope)?;
    if outcome.is_undefined() {
        return Err(undefined(inner));
    }
    output::json(&outcome, budget)
}

/// The inside of a string that may be one `{{ … }}` and nothing else. One line break at the end
/// is forgiven, since YAML's block scalars have it.
fn only_expression(source: &str) -> Option<&str> {
    let source = source.strip_suffix('\n').unwrap_or(source);
    let inner = source.strip_prefix("{{")?.strip_suffix("}}")?;
    let inner = inner.strip_prefix(['-', '+']).unwrap_or(inner);
    Some(inner.strip_suffix(['-', '+']).unwrap_or(inner))
}

fn computed(
    expression: &minijinja::Expression<'_, '_>,
    source: &str,
    scope: &Scope<'_>,
) -> Result<minijinja::Value, TemplateError> {
    let names = names_of(expression.undeclared_variables(true));
    expression.eval(scope.context(&names)).map_err(|error| translate(&error, source))
}

fn undefined(source: &str) -> TemplateError {
    TemplateError::new(format!("`{}` has no value", source.trim()))
}

fn text(source: &str, scope: &Scope<'_>, budget: &mut Budget) -> Result<String, TemplateError> {
    let template = engine::template(source)?;
    let names = names_of(template.undeclared_variables(true));
    let mut page = Page { text: Vec::new(), left: budget.left(), full: false };
    if let Err(error) = template.render_captured_to(scope.context(&names), &mut page) {
        return Err(if page.full { bound::too_long() } else { translate(&error, source) });
    }
    budget.take(page.text.len())?;
    String::from_utf8(page.text).map_err(|_| TemplateError::new("it renders to something that is no text"))
}

/// Takes rendered text up to its bound.
struct Page {
    text: Vec<u8>,
    left: usize,
    full: bool,
}

impl io::Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.left = self.left.checked_sub(bytes.len()).ok_or_else(|| {
            self.full = true;
            io::Error::other("full")
        })?;
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
