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

/// Whether templates call something by this name.
#[must_use]
pub fn is_function(name: &str) -> bool {
    FUNCTIONS.contains(&name)
}

pub(super) fn names_of(found: impl IntoIterator<Item = String>) -> Names {
    found.into_iter().filter(|name| !FUNCTIONS.contains(&name.as_str())).collect()
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
        Some(name) => Err(TemplateError::new(format!("`{name}` cannot be set: it is a name of the run"))),
        None => Ok(()),
    }
}

fn known(what: &str, name: Option<Token<'_>>) -> Result<(), TemplateError> {
    let Some(Token::Word(name)) = name else {
        return Ok(());
    };
    let mut state = engine::environment().empty_state();
    let (outcome, unknown) = match what {
        "filter" => (state.apply_filter(name, &[]).map(|_| ()), ErrorKind::UnknownFilter),
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
    let targets: Vec<Token<'a>> = if tag.begins_with("set") || tag.begins_with("for") {
        let ends = |token: &Token<'_>| token.is_mark(b'=') || token.is_word("in");
        tag.tokens.iter().copied().skip(1).take_while(|token| !ends(token)).collect()
    } else if tag.begins_with("with") {
        with_targets(&tag.tokens)
    } else {
        return None;
    };
    // What follows a dot is an attribute of another name.
    let before = [None].into_iter().chain(targets.iter().copied().map(Some));
    targets.iter().zip(before).find_map(|(token, before)| match token {
        Token::Word(name) if ROOTS.contains(name) && !before.is_some_and(|b| b.is_mark(b'.')) => Some(*name),
        _ => None,
    })
}

/// What stands before an `=` outside of brackets; two of them are a comparison.
fn with_targets<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let mut depth = 0_i64;
    let mut targets = Vec::new();
    for window in tokens.windows(2) {
        let [token, next] = window else { continue };
        match token {
            Token::Mark(b'(' | b'[' | b'{') => depth += 1,
            Token::Mark(b')' | b']' | b'}') => depth -= 1,
            Token::Word(_) if depth == 0 && next.is_mark(b'=') => targets.push(*token),
            // The word before was compared, not set.
            Token::Mark(b'=') if next.is_mark(b'=') => drop(targets.pop()),
            _ => {}
        }
    }
    targets
}
