//! What bounds templates. The engine's parser, its code generator and its destructors recurse over
//! long expressions, so that a few thousand operators in one tag would overflow the stack of a
//! worker thread: templates are measured before the engine sees them.

use super::engine::TemplateError;
use super::token::{Lexer, Tag};

/// Bytes that one call may produce.
pub const MAX_OUTPUT_BYTES: usize = 1 << 20;

/// Templates inside one value.
pub const MAX_TEMPLATES: usize = 1_000;

/// Work of one template, in the engine's unit: about one instruction, or 64 bytes of data.
pub(super) const FUEL: u64 = 1_000_000;

/// Nesting of loops and conditions while rendering.
pub(super) const NESTING: usize = 100;

/// Arrays and objects inside each other in a rendered value.
pub(super) const MAX_DEPTH: usize = 128;

/// Tokens in one tag; commas do not count, so that long lists are fine.
const MAX_TAG_TOKENS: usize = 256;

/// `elif` and `else` tags in one template; the engine nests them.
const MAX_ALTERNATIVES: usize = 100;

/// Characters in one line; the engine counts columns in 16 bits.
const MAX_LINE_CHARS: usize = 60_000;

/// Whether the engine can take `source` without harm.
pub(super) fn measure(source: &str, tags: Lexer<'_>) -> Result<(), TemplateError> {
    if source.len() > MAX_LINE_CHARS && source.split('\n').any(|line| line.chars().count() > MAX_LINE_CHARS) {
        return Err(TemplateError::new(format!(
            "a line has more than {MAX_LINE_CHARS} characters; break it"
        )));
    }
    let mut alternatives = 0;
    for tag in tags {
        let Tag { tokens, .. } = &tag;
        if tokens.iter().filter(|token| !token.is_mark(b',')).count() > MAX_TAG_TOKENS {
            return Err(TemplateError::new(format!(
                "an expression has more than {MAX_TAG_TOKENS} parts; split it into several steps"
            )));
        }
        alternatives += usize::from(tag.begins_with("elif") || tag.begins_with("else"));
    }
    if alternatives > MAX_ALTERNATIVES {
        return Err(TemplateError::new(format!(
            "there are more than {MAX_ALTERNATIVES} alternatives in one template; use a branch step"
        )));
    }
    Ok(())
}

/// What is left of a call's output.
pub(super) struct Budget {
    bytes: usize,
    templates: usize,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self { bytes: MAX_OUTPUT_BYTES, templates: MAX_TEMPLATES }
    }

    /// Takes `bytes` off.
    pub(super) fn take(&mut self, bytes: usize) -> Result<(), TemplateError> {
        self.bytes = self.bytes.checked_sub(bytes).ok_or_else(too_long)?;
        Ok(())
    }

    /// Takes one template off.
    pub(super) fn take_template(&mut self) -> Result<(), TemplateError> {
        self.templates = self.templates.checked_sub(1).ok_or_else(|| {
            TemplateError::new(format!("a value has more than {MAX_TEMPLATES} templates in it"))
        })?;
        Ok(())
    }

    /// Bytes that are left.
    pub(super) fn left(&self) -> usize {
        self.bytes
    }
}

/// More was produced than one call may.
pub(super) fn too_long() -> TemplateError {
    TemplateError::new(format!("it renders to more than {MAX_OUTPUT_BYTES} bytes"))
}
