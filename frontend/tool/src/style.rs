//! One style sheet out of several. Their cascade layers are declared in the first, so the order of
//! the others does not matter to a browser; it is fixed all the same, so that builds are repeatable.

use std::path::Path;

use anyhow::{Context as _, Result};

/// In the order of their layers.
const SHEETS: [&str; 5] = ["tokens.css", "base.css", "components.css", "lists.css", "run.css"];

/// Reads the sheets and joins them, without their comments.
///
/// # Errors
/// When one of them is missing.
pub fn bundle(folder: &Path) -> Result<String> {
    let mut bundle = String::new();
    for sheet in SHEETS {
        let path = folder.join(sheet);
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        bundle.push_str(&without_comments(&text));
    }
    Ok(bundle)
}

/// Drops comments, indentation and empty lines. Strings keep what looks like a comment.
fn without_comments(css: &str) -> String {
    let (mut kept, mut rest) = (String::new(), css);
    let mut quote = None;
    while let Some(next) = rest.chars().next() {
        match quote {
            None if rest.starts_with("/*") => {
                rest = rest.split_once("*/").map_or("", |(_, after)| after);
                continue;
            }
            None if matches!(next, '"' | '\'') => quote = Some(next),
            Some(open) if next == open => quote = None,
            _ => {}
        }
        kept.push(next);
        rest = rest.get(next.len_utf8()..).unwrap_or_default();
    }
    kept.lines().map(str::trim).filter(|line| !line.is_empty()).fold(String::new(), |mut out, line| {
        out.push_str(line);
        out.push('\n');
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_go_and_strings_stay() {
        let css = "/* a */\n.x {\n  content: \"/* kept */\"; /* gone */\n}\n\n/* never closed";
        assert_eq!(without_comments(css), ".x {\ncontent: \"/* kept */\";\n}\n");
    }
}
