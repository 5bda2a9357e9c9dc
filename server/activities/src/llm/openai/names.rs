//! Tool names on the wire. The protocol takes 64 letters, digits, `_` and `-`; ours have dots. The
//! table of one request leads back, so that the way there may lose something.

use std::collections::{BTreeMap, BTreeSet};

/// The longest name that the protocol takes.
const LONGEST: usize = 64;

/// The names of one request.
#[derive(Debug, Default)]
pub(super) struct ToolNames {
    wire_by_tool: BTreeMap<String, String>,
    tool_by_wire: BTreeMap<String, String>,
}

impl ToolNames {
    /// A table of these tools. The same tools in the same order have the same names on the wire.
    pub fn of<'a>(tools: impl IntoIterator<Item = &'a str>) -> Self {
        let mut names = Self::default();
        let tools: BTreeSet<_> = tools.into_iter().collect();
        for tool in tools {
            let wanted = spelled(tool);
            let wire = (1..)
                .map(|n| numbered(&wanted, n))
                .find(|wire| !names.tool_by_wire.contains_key(wire))
                .unwrap_or(wanted);
            names.tool_by_wire.insert(wire.clone(), tool.to_owned());
            names.wire_by_tool.insert(tool.to_owned(), wire);
        }
        names
    }

    /// The name on the wire. Tools outside the table are in the conversation when a model made
    /// them up.
    pub fn wire(&self, tool: &str) -> String {
        self.wire_by_tool.get(tool).cloned().unwrap_or_else(|| spelled(tool))
    }

    /// The tool of that name; a name that was never given away stands for itself.
    pub fn tool(&self, wire: &str) -> String {
        self.tool_by_wire.get(wire).cloned().unwrap_or_else(|| wire.to_owned())
    }
}

fn spelled(tool: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' }
    };
    tool.replace('.', "__").chars().map(plain).take(LONGEST).collect()
}

fn numbered(wanted: &str, n: u32) -> String {
    if n == 1 {
        return wanted.to_owned();
    }
    let suffix = format!("_{n}");
    wanted.chars().take(LONGEST.saturating_sub(suffix.len())).chain(suffix.chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_there_and_back_even_where_they_collide() {
        let long = format!("server.{}", "x".repeat(100));
        let longer = format!("server.{}", "x".repeat(101));
        let tools = ["builtin.echo", "builtin__echo", "echo", "a.b/c", "größe.m", &long, &longer];
        let names = ToolNames::of(tools);
        assert_eq!(names.wire("builtin.echo"), "builtin__echo");
        let mut seen = BTreeSet::new();
        for tool in tools {
            let wire = names.wire(tool);
            assert!(wire.len() <= 64 && !wire.is_empty(), "{wire}");
            assert!(wire.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-'), "{wire}");
            assert_eq!(names.tool(&wire), tool);
            assert!(seen.insert(wire));
        }
    }

    #[test]
    fn names_that_nobody_gave_away_stay_what_they_are() {
        let names = ToolNames::of(["builtin.echo"]);
        assert_eq!(names.tool("rm_rf"), "rm_rf");
        assert_eq!(names.wire("made.up"), "made__up");
    }
}
