//! The template engine as it is set up here, and its errors in our words.

use std::sync::OnceLock;

use minijinja::value::ValueKind;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior};

use super::bound::{self, FUEL, NESTING};
use super::output;
use super::token::Lexer;

/// Why a template gives no value: one sentence for whoever wrote it. It names places of the
/// template and never values, since these may come from `config`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TemplateError(String);

impl TemplateError {
    pub(super) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

/// Functions that every template may call.
pub(super) const FUNCTIONS: [&str; 3] = ["range", "dict", "namespace"];

/// The one environment.
pub(super) fn environment() -> &'static Environment<'static> {
    static ENVIRONMENT: OnceLock<Environment<'static>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        environment.set_recursion_limit(NESTING);
        // Errors then say which name has no value.
        environment.set_debug(true);
        // Prints the whole scope, `config` included.
        environment.remove_global("debug");
        environment.set_formatter(|out, _, value| match value.kind() {
            // Only the missing `else` of a conditional expression gets here.
            ValueKind::Undefined => Ok(()),
            ValueKind::String => Ok(out.write_str(value.as_str().unwrap_or_default())?),
            _ => Ok(out.write_str(&output::text(value)?)?),
        });
        environment
    })
}

/// Compiles a template.
pub(super) fn template(source: &str) -> Result<minijinja::Template<'_, '_>, TemplateError> {
    bound::measure(source, Lexer::template(source))?;
    environment().template_from_str(source).map_err(|error| translate(&error, source))
}

/// Compiles an expression.
pub(super) fn expression(source: &str) -> Result<minijinja::Expression<'_, '_>, TemplateError> {
    bound::measure(source, Lexer::expression(source))?;
    environment().compile_expression(source).map_err(|error| translate(&error, source))
}

/// Compiles a condition.
pub(super) fn condition(source: &str) -> Result<minijinja::Expression<'_, '_>, TemplateError> {
    expression(source).map_err(|error| match source.trim_start().starts_with("{{") {
        true => TemplateError::new("a condition is an expression: write it without `{{` and `}}`"),
        false => error,
    })
}

/// The engine's error in one sentence.
pub(super) fn translate(error: &Error, source: &str) -> TemplateError {
    if let Some(own) = std::error::Error::source(error).and_then(|e| e.downcast_ref::<TemplateError>()) {
        return own.clone();
    }
    let place = place(error, source);
    let detail = error.detail().unwrap_or_default();
    let quoted = detail.split('`').nth(1);
    let sentence = match error.kind() {
        ErrorKind::SyntaxError => match place {
            Some(place) => format!("it is not well formed at `{place}`: {detail}"),
            None => format!("it is not well formed: {detail}"),
        },
        ErrorKind::UndefinedError => match quoted.or(place.as_deref()) {
            Some(name) => format!("`{name}` has no value"),
            None => "one of its names has no value".to_owned(),
        },
        ErrorKind::UnknownFilter => unknown("filter", place),
        ErrorKind::UnknownTest => unknown("test", place),
        ErrorKind::UnknownFunction => unknown("function", place),
        ErrorKind::UnknownMethod => unknown("method", place),
        ErrorKind::OutOfFuel => "it takes more work than a template may; do less in one step".to_owned(),
        _ => match place {
            Some(place) => format!("`{place}` cannot be computed from the values it gets"),
            None => "it cannot be computed from the values it gets".to_owned(),
        },
    };
    TemplateError(sentence)
}

fn unknown(what: &str, place: Option<String>) -> String {
    match place {
        Some(place) => format!("there is no {what} `{place}`"),
        None => format!("it uses a {what} that does not exist"),
    }
}

/// The part of the template that the error is about, shortened.
fn place(error: &Error, source: &str) -> Option<String> {
    let text = source.get(error.range()?)?.trim();
    let short: String = text.chars().take(60).collect();
    (!short.is_empty()).then_some(short)
}
