//! What can be told about a template without rendering it.

use std::collections::BTreeSet;

use minijinja::ErrorKind;

use super::engine::{self, FUNCTIONS, TemplateError};
use super::scope::ROOTS;
use super::token::{Lexer, Tag, Token};

/// The names that a template uses, with the attributes behind them: `steps.fetch.output`. A name
/// that is subscripted (`input["a"]`) stands without them.
pub type Names = BTreeSet<String>;

/// Whether a string is a template at all. Anything else is taken as it is.
#[must_use]
pub fn is_template(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        rest = rest.get(at + 1..).unwrap_or_default();
        if rest.starts_with(['{', '%', '#']) {
            return true;
        }
    }
    false
}

/// Checks a template's syntax, size, filters and tests.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn check(text: &str) -> Result<Names, TemplateError> {
    if !is_template(text) {
        return Ok(Names::new());
    }
    let names = names_of(engine::template(text)?.undeclared_variables(true));
    Lexer::template(text).try_for_each(|tag| check_tag(&tag))?;
    Ok(names)
}

/// Checks a condition.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn check_expression(text: &str) -> Result<Names, TemplateError> {
    let names = names_of(engine::condition(text)?.undeclared_variables(true));
    Lexer::expression(text).try_for_each(|tag| check_tag(&tag))?;
    Ok(names)
}

pub(super) fn names_of(found: impl IntoIterator<Item = String>) -> Names {
    found
        .into_iter()
        .filter(|name| !FUNCTIONS.contains(&name.as_str()))
        .collect()
}

/// The engine looks filters and tests up when it comes to them, and follows a name that a template
/// sets anew no further. Both are found here, in the tokens.
fn check_tag(tag: &Tag<'_>) -> Result<(), TemplateError> {
    let mut before = None;
    let mut tokens = tag.tokens.iter().copied().peekable();
    while let Some(token) = tokens.next() {
        let attribute = before.is_some_and(|b: Token<'_>| b.is_mark(b'.'));
        if token.is_mark(b'|') {
            known("filter", tokens.peek().copied())?;
        } else if token.is_word("is") && !attribute {
            tokens.next_if(|t| t.is_word("not"));
            known("test", tokens.peek().copied())?;
        }
        before = Some(token);
    }
    if tag.begins_with("filter") {
        known("filter", tag.tokens.get(1).copied())?;
    }
    match assigned(tag) {
        Some(name) => Err(TemplateError::new(format!(
            "`{name}` cannot be set: it is a name of the run"
        ))),
        None => Ok(()),
    }
}

fn known(what: &str, name: Option<Token<'_>>) -> Result<(), TemplateError> {
    let Some(Token::Word(name)) = name else {
        return Ok(());
    };
    let mut state = engine::environment().empty_state();
    let (outcome, unknown) = match what {
        "filter" => (
            state.apply_filter(name, &[]).map(|_| ()),
            ErrorKind::UnknownFilter,
        ),
        _ => (state.perform_test(name, &[]).map(|_| ()), ErrorKind::UnknownTest),
    };
    match outcome {
        Err(error) if error.kind() == unknown => {
            Err(TemplateError::new(format!("there is no {what} `{name}`")))
        }
        _ => Ok(()),
    }
}

/// A name of the run that the statement would set anew.
fn assigned<'a>(tag: &Tag<'a>) -> Option<&'a str> {
    let end = |token: &Token<'_>| match tag.begins_with("for") {
        true => token.is_word("in"),
        false => token.is_mark(b'='),
    };
    let targets: Vec<Token<'a>> = if tag.begins_with("set") || tag.begins_with("for") {
        tag.tokens
            .iter()
            .copied()
            .skip(1)
            .take_while(|token| !end(token))
            .collect()
    } else if tag.begins_with("with") {
        let after = tag.tokens.iter().skip(1);
        tag.tokens
            .iter()
            .zip(after)
            .filter(|(_, next)| next.is_mark(b'='))
            .map(|(token, _)| *token)
            .collect()
    } else {
        Vec::new()
    };
    targets.into_iter().find_map(|token| match token {
        Token::Word(name) if ROOTS.contains(&name) => Some(name),
        _ => None,
    })
}
