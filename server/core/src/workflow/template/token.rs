//! The tokens inside the tags of a template, as the engine reads them: it tells nothing of what a
//! template consists of before it has parsed all of it, and parsing is what has to be bounded.

/// One token. Operators of two characters count as two marks; nobody has to tell them apart here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A name, a keyword or the tail of a number.
    Word(&'a str),
    /// A literal string with its quotes, or the digits of a number.
    Literal,
    /// Any other character.
    Mark(u8),
}

impl Token<'_> {
    pub(super) fn is_mark(self, mark: u8) -> bool {
        self == Token::Mark(mark)
    }

    pub(super) fn is_word(self, word: &str) -> bool {
        matches!(self, Token::Word(found) if found == word)
    }
}

/// `{{ … }}`, `{% … %}` or a whole expression.
#[derive(Debug, Default)]
pub(super) struct Tag<'a> {
    /// Whether it is a statement (`{% … %}`).
    pub statement: bool,
    /// What is inside.
    pub tokens: Vec<Token<'a>>,
}

impl Tag<'_> {
    /// Whether it is a statement with this keyword.
    pub(super) fn begins_with(&self, keyword: &str) -> bool {
        self.statement && self.tokens.first().is_some_and(|token| token.is_word(keyword))
    }
}

/// Walks over the tags of a template. Ends early where the engine will refuse the template anyway.
pub(super) struct Lexer<'a> {
    rest: &'a str,
    /// Open brackets; like the engine's own count it goes on from tag to tag.
    open: i64,
    expression: bool,
}

impl<'a> Lexer<'a> {
    /// The tags of a template.
    pub(super) fn template(source: &'a str) -> Self {
        Self { rest: source, open: 0, expression: false }
    }

    /// A whole expression as its only tag.
    pub(super) fn expression(source: &'a str) -> Self {
        Self { rest: source, open: 0, expression: true }
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    /// Goes to the inside of the next tag: `Some(true)` for a statement.
    fn enter(&mut self) -> Option<bool> {
        loop {
            let at = self.rest.find('{')?;
            self.skip(at + 1);
            match self.rest.as_bytes().first()? {
                b'{' => return Some(self.entered(false)),
                b'%' => {
                    if let Some(after) = self.rest.get(1..).and_then(|tag| lone_word(tag, "raw")) {
                        self.rest = after_raw(after)?;
                    } else {
                        return Some(self.entered(true));
                    }
                }
                b'#' => {
                    let end = self.rest.get(1..)?.find("#}")?;
                    self.skip(end + 3);
                }
                _ => {}
            }
        }
    }

    fn entered(&mut self, statement: bool) -> bool {
        self.skip(1);
        if self.rest.starts_with(['-', '+']) {
            self.skip(1);
        }
        statement
    }

    /// Whether the tag ends here; skips its end.
    fn leave(&mut self, statement: bool) -> bool {
        if self.open != 0 {
            return false;
        }
        let end = if statement { "%}" } else { "}}" };
        let inner = self.rest.strip_prefix(['-', '+']).unwrap_or(self.rest);
        for candidate in [inner, self.rest] {
            if let Some(after) = candidate.strip_prefix(end) {
                self.rest = after;
                return true;
            }
        }
        false
    }

    fn token(&mut self) -> Option<Token<'a>> {
        let first = *self.rest.as_bytes().first()?;
        if first.is_ascii_alphabetic() || first == b'_' {
            return Some(Token::Word(self.take_while(|b| b.is_ascii_alphanumeric() || b == b'_')));
        }
        if first.is_ascii_digit() {
            self.take_while(|b| b.is_ascii_digit());
            return Some(Token::Literal);
        }
        if first == b'"' || first == b'\'' {
            let length = string_length(self.rest.as_bytes(), first)?;
            self.skip(length);
            return Some(Token::Literal);
        }
        match first {
            b'(' | b'[' | b'{' => self.open += 1,
            b')' | b']' | b'}' => self.open -= 1,
            b'!' | b'+' | b'-' | b'*' | b'/' | b'%' | b'.' | b',' | b':' | b'~' | b'|' | b'=' | b'>'
            | b'<' => {}
            _ => return None,
        }
        self.skip(1);
        Some(Token::Mark(first))
    }

    fn take_while(&mut self, fits: impl Fn(u8) -> bool) -> &'a str {
        let length = self.rest.bytes().take_while(|b| fits(*b)).count();
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or_default();
        self.rest = rest;
        taken
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Tag<'a>;

    fn next(&mut self) -> Option<Tag<'a>> {
        let statement = if self.expression { false } else { self.enter()? };
        if self.rest.is_empty() {
            return None;
        }
        let mut tag = Tag { statement, tokens: Vec::new() };
        loop {
            self.rest = self.rest.trim_start_matches(|c: char| c.is_ascii_whitespace());
            if self.leave(statement) {
                break;
            }
            let Some(token) = self.token() else {
                // The end, or what the engine stumbles over too.
                self.rest = "";
                break;
            };
            tag.tokens.push(token);
        }
        if self.expression {
            self.rest = "";
        }
        Some(tag)
    }
}

/// Length of a literal string, quotes included; `None` when it does not end.
fn string_length(text: &[u8], quote: u8) -> Option<usize> {
    let mut escaped = false;
    let inside = text.iter().skip(1).position(|byte| {
        let ends = !escaped && *byte == quote;
        escaped = !escaped && *byte == b'\\';
        ends
    })?;
    Some(inside + 2)
}

/// What follows a statement that consists of one word; `tag` begins behind `{%`.
fn lone_word<'a>(tag: &'a str, word: &str) -> Option<&'a str> {
    let space = |c: char| c.is_ascii_whitespace();
    let tag = tag.strip_prefix(['-', '+']).unwrap_or(tag);
    let tail = tag.trim_start_matches(space).strip_prefix(word)?.trim_start_matches(space);
    tail.strip_prefix(['-', '+']).unwrap_or(tail).strip_prefix("%}")
}

/// What follows the end of a raw block.
fn after_raw(mut text: &str) -> Option<&str> {
    loop {
        let at = text.find("{%")?;
        text = text.get(at + 2..)?;
        if let Some(after) = lone_word(text, "endraw") {
            return Some(after);
        }
    }
}

#[cfg(test)]
#[path = "token_test.rs"]
mod tests;
